import type { Reader } from './reader';
import { Injectable, Input } from '@core';

export interface Options {
  /** How many. */
  limit: number;
  name?: string;
  (call: string): void;
  read(path: string): Promise<string>;
}

export type Result<T> = { ok: true; value: T } | { ok: false; error: Error };

export enum Color {
  Red = 'red',
  Green = 'green',
  Blue = 'blue',
}

declare module 'plain' {
  export function plain(value: string): string;
  export const version: string;
}

namespace Shapes.Flat {
  const zero = 0;

  export function origin(): number {
    const x = zero;
    const y = zero;
    return x + y;
  }
}

/** Over and over. */
function over(value: string): string;
function over(value: number): number;
function over(value: any): any {
  if (typeof value === 'string') {
    return value.trim();
  }
  const checked = value satisfies unknown;
  const result = checked as number;
  return result;
}

@Injectable({
  scope: 'root',
})
export class Service<T extends object> implements Options {
  @Input() limit = 3;

  private readonly cache: Map<string, T> = new Map();

  constructor(private readonly reader: Reader, public name: string) {
    super();
    this.limit = 1;
    this.name = name;
  }

  /** Reads. */
  @Input()
  // between the decorator and the method
  @Output()
  async read<K extends keyof T>(path: string, key: K): Promise<T[K]> {
    const text = await this.reader.read(path);
    if (!text) {
      throw new Error(
        `no text in ${path}`,
      );
    }
    try {
      return JSON.parse(text)[key];
    } catch {
      this.limit -= 1;
      return this.cache.get(path)![key];
    }
  }

  handler = async (event: Event): Promise<void> => {
    event.preventDefault();
    await this.read(event.type, 'a' as never);
    this.limit += 1;
  };

  get size(): number { return this.cache.size; }
}

export abstract class Shape {
  abstract area(): number;
  protected abstract readonly sides: number;

  describe(): string {
    const area = this.area();
    const sides = this.sides;
    return `${area} ${sides}`;
  }
}

export const make = <T,>(value: T): Result<T> => {
  const ok = true;
  const made = { ok, value } as const;
  return made;
};

export default abstract class Last {}

const later = make(1)
;(window as any).later = later
