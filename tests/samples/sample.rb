#!/usr/bin/env ruby
# frozen_string_literal: true

require "json"
require_relative "clock"

# Keeps readings of a meter.
module Meter
  LIMIT = 40
  UNITS = %w[
    kWh
    m3
  ].freeze

  class Broken < StandardError; end

  Reading = Struct.new(:at, :value) do
    def later?(other)
      at > other.at
    end
  end

  # A store of readings, newest last.
  #
  # It forgets the oldest ones.
  class Store
    include Enumerable

    attr_reader :readings, :name

    # @param name [String] what it is called
    def initialize(name, limit: LIMIT)
      if name.nil? || name.empty?
        # Nothing to call it by.
        raise ArgumentError, "a store needs a name"
      end

      @name = name
      @limit = limit
      @readings = []
    end

    def each(&block) = readings.each(&block)

    def add(reading)
      return self unless reading
      unless readings.empty?
        last = readings.last

        return self if last.at == reading.at
      end
      readings << reading
      readings.shift while readings.size > @limit
      self
    rescue TypeError, NoMethodError => e
      warn e.message
      raise Broken,
            "cannot add #{reading.inspect}"
    else
      notify(:added)
    ensure
      @touched = true
    end

    def kind(value)
      case value
      when Integer, Float
        :number
      # text of any kind
      when /\A\d+\z/
        :digits
      when String then :text
      else
        checked = value.respond_to?(:to_str)
        checked ? :text : :unknown
      end
    end

    def shape(value)
      case value
      in { at: Time => at, value: }
        [at, value]
      in [at, *]
        [at, nil]
      end
    end

    def report
      total = 0
      lines = readings.map do |reading|
        next if reading.value.nil?

        total += reading.value
        format("%10.2f", reading.value)
      end.compact.each_slice(2).map { |pair|
        pair
          .join(" ")
          .strip
      }
      text = <<~TEXT + footer(<<~END)
        #{name}
        #{lines.join("\n")}
      TEXT
        total: #{total}
      END
      text.lines.each do |line|
        if line.strip.empty?
          puts
        elsif line.start_with?("total")
          puts line.upcase
          puts "-" * 10
        else
          puts line
        end
      end
      text
    end

    class << self
      def open(path)
        store = new(File.basename(path))
        File.foreach(path) do |line|
          at, value = line.split
          store.add(Reading.new(Time.at(at.to_i), value.to_f))
        end
        store
      end
    end

    def self.empty = new("none")

    private

    def notify(event)
      begin
        @listeners.fetch(event).call
      rescue KeyError
        nil
      end
      until @queue.nil? || @queue.empty?
        item = @queue.pop
        item.call(event)
      end
    end

    private def footer(text)
      "#{text}--"
    end
  end
end

=begin
Run as a program, it prints a report.
=end
if $PROGRAM_NAME == __FILE__
  store = Meter::Store.open(ARGV.fetch(0))
  handler = lambda do |signal|
    warn signal
    exit 1
  end
  trap("INT", &handler)
  store.report
end

__END__
not code: def (((
