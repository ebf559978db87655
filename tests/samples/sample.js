#!/usr/bin/env node
'use strict';

import fs from 'node:fs';
import { join } from 'node:path';

const LIMIT = 10, OTHER = 'é';
let state = {
  count: 0,
  items: [],
};

/**
 * Adds up.
 */
export function add(first, second = 1) {
  if (first === undefined) {
    throw new TypeError(
      'nothing to add',
    );
  }
  const total = first + second;
  for (const key of Object.keys(state)) {
    // about the condition
    if (key === 'count') {
      state.count += total;
      continue;
    } else if (key) {
      state.items.push(key);
      state.items.sort();
    } else {
      state.count = 0;
    }
  }
  try {
    fs.readFileSync(join('a', 'b'));
    state.count += 1;
  } catch (error) {
    console.error(error);
    return -1;
  } finally {
    state.count += 1;
    state.count *= 2;
  }
  return total;
}

export default function () {
  const a = 1;
  const b = 2;
  return a + b;
}

// An arrow function.
const square = (x) => {
  const y = x * x;
  const z = y;
  return z;
};

export const twice = async function named(x) {
  await x;
  await x;
  return x;
};

function* generator() {
  yield 1;
  yield* generator();
  label: while (true) {
    if (state.count) break label;
    state.count += 1;
  }
}

class Shape extends Base {
  #hidden = 1;
  static total = 0;

  static {
    Shape.total = 1;
    Shape.total += 1;
    Shape.total += 2;
  }

  constructor(name) {
    super();
    this.name = name;
    this.other = name;
  }

  // ---- accessors ----

  get area() {
    const width = 1;
    const height = 2;
    return width * height;
  }

  handler = (event) => {
    event.preventDefault();
    this.name = event.name;
    this.other = event.name;
  };

  async *[Symbol.asyncIterator]() {
    yield this.name;
    yield this.other;
  }
}

Shape.prototype.legacy = function () {
  switch (this.name) {
    case 'a':
    case 'b':
      this.other = 1;
      this.name = 2;
      break;
    case 'c': {
      this.other = 2;
      break;
    }
    default:
      this.other = 3;
      this.name = `template ${[1, 2].map((n) => {
        const m = n + 1;
        const k = m;
        return k;
      })} end`;
  }
  do {
    this.other += 1;
    this.other -= 1;
  } while (this.other < 3)
  return this.other
}

const unterminated = state
;[1, 2].forEach((n) => {
  console.log(n)
  console.log(n + 1)
})

describe('add', () => {
  it('adds', async () => {
    const got = add(1, 2);
    expect(got).toBe(3);
  });
});

const Component = ({ items }) => (
  <ul>
    {items.map((item) => {
      const label = item.label;
      const key = item.key;
      return <li key={key}>{label}</li>;
    })}
  </ul>
);
