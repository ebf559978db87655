#!/usr/bin/env swift
import Foundation
@testable import struct Kitchen.Oven

/// The hottest an oven gets.
let hottest = 300
typealias Minutes = Int

let doughs = [
    "rye": 60,
    "wheat": 45,
]

protocol Baked: AnyObject {
    /// How long it takes.
    var time: Minutes { get }

    func bake(at heat: Int) throws
}

enum Crust: String, CaseIterable {
    case thin = "t"
    case thick
    indirect case filled(Int)

    var next: Crust {
        switch self {
        case .thin:
            let other = Crust.thick
            return other
        case .filled(let with) where with > 1: return .thin
        default:
            return .thin
        }
    }
}

struct BakingError: Error { let reason: String }

/**
 A loaf of bread.
 */
@MainActor
public final class Loaf<Dough: Hashable>: Baked where Dough: Sendable {
    // what it is made of
    private let dough: Dough
    private(set) var heat = 0 {
        didSet {
            let change = heat - oldValue
            log("by \(change)")
        }
    }

    static var count: Int = 0

    public var time: Minutes {
        get {
            let minutes = doughs["rye"] ?? 50
            return minutes
        }
        set {
            heat = newValue * 2
            log("set")
        }
    }

    @objc
    init(dough: Dough, heat: Int = 0) {
        self.dough = dough
        self.heat = heat
        Loaf.count += 1
    }

    deinit {
        print("eaten")
    }

    subscript(slice: Int) -> String {
        let half = slice / 2
        return "\(dough) \(half)"
    }

    /// Bakes it.
    /// - Parameter heat: degrees
    public func bake(at heat: Int) throws {
        guard heat > 0, let limit = Optional(hottest) else {
            // Cold ovens bake nothing.
            throw BakingError(reason: "cold")
        }
        if heat > limit {
            // It would burn.

            throw BakingError(
                reason: "hot"
            )
        }
        func turn(_ times: Int) -> Int {
            let turned = times + 1
            return turned
        }

        for minute in 0..<time where minute % 2 == 0 {
            self.heat = turn(minute)
            if minute > 40 { break }
        }
        #if DEBUG
        print("baking")
        print(heat)
        #else
        log("baking")
        #endif
        let names = doughs
            .filter { $0.value > 10 }
            .map { pair -> String in
                let (name, minutes) = pair
                return "\(name) \(minutes)"
            }
            .sorted()
        defer {
            self.heat = 0
            log(names.joined())
        }
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: "recipe"))
            log("\(data.count)")
        } catch let error as NSError where error.code == 1 {
            log("none")
            log(error.domain)
        } catch {
            log("unknown")
        }
        if #available(macOS 13, *) {
            log("new")
            log("warm")
        } else if heat == 1 {
            log("old")
            log("cold")
        } else {
            log("older")
            log("colder")
        }
        repeat {
            self.heat -= 1
            log("cooler")
        } while self.heat > 20
    }

    private func log(_ line: String) { print(line) }
}

extension Loaf: CustomStringConvertible {
    public nonisolated var description: String {
        """
        A loaf:
          not { code
        """
    }
}

func breakfast() async -> [Loaf<String>] {
    let loaf = await Loaf(dough: "rye")
    Task {
        await MainActor.run {
            loaf.time = 3
            print(loaf[2])
        }
    }
    return [loaf]
}
