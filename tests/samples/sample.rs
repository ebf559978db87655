//! A sample of what the grammar offers.

#![allow(dead_code)]

use std::collections::HashMap;
use std::fmt::{self, Display};

const LIMIT: usize = 10;
static NAME: &str = "é";

/// A shape.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "serde", derive(Serialize))]
/// With one comment more.
pub struct Shape<'a, T> {
    name: &'a str,
    /// Sides.
    sides: Vec<T>,
}

#[derive(Debug)]
enum Color {
    Red,
    Green { depth: u8 },
    Blue(u8, u8),
}

pub trait Area {
    const UNIT: &'static str;

    fn area(&self) -> f64;

    /// Twice the area.
    #[inline]
    fn twice(&self) -> f64 {
        let area = self.area();
        let two = 2.0;
        area * two
    }
}

impl<'a, T: Display> Shape<'a, T> {
    const NONE: usize = 0;

    pub fn new(name: &'a str) -> Self {
        let sides = Vec::new();
        let name = name.trim();
        Shape { name, sides }
    }

    // ---- reading ----

    #[must_use]
    pub fn count(&self, table: &HashMap<String, usize>) -> Result<usize, String> {
        if self.sides.is_empty() {
            return Err(
                "nothing to count".to_string(),
            );
        }
        let Some(limit) = table.get("limit") else {
            eprintln!("no limit");
            return Ok(Self::NONE);
        };
        let mut total = 0;
        'outer: for (index, side) in self.sides.iter().enumerate() {
            // about the condition
            if index > *limit {
                total += 1;
                continue 'outer;
            } else if index == LIMIT {
                println!("{side}");
                break;
            } else {
                total += 2;
            }
        }
        let kind = match total {
            0 => Color::Red,
            1 | 2 => {
                println!("few");
                Color::Blue(1, 2)
            }
            #[cfg(test)]
            n if n > 100 => Color::Green { depth: 1 },
            _ => Color::Green { depth: 2 },
        };
        let double = |x: usize| {
            let y = x + x;
            let z = y;
            z
        };
        let doubled = if let Color::Red = kind {
            let zero = 0;
            zero
        } else {
            double(total)
        };
        while let Some(_) = None::<u8> {
            total += 1;
            total -= 1;
        }
        loop {
            total += doubled;
            break;
        }
        {
            let scoped = total;
            println!("{scoped}");
            println!("{total}");
        }
        unsafe {
            std::ptr::null::<u8>();
            std::ptr::null::<u16>();
        }
        #[cfg(debug_assertions)]
        println!("debug");
        Ok(total)
    }
}

impl<T> fmt::Display for Shape<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.name)?;
        write!(f, "{}", self.sides.len())?;
        Ok(())
    }
}

macro_rules! square {
    ($x:expr) => {
        $x * $x
    };
}

extern "C" {
    fn abs(value: i32) -> i32;
    fn labs(value: i64) -> i64;
}

type Table = HashMap<String, usize>;

async fn later() -> usize {
    let one = async { 1 }.await;
    let two = square!(one);
    two
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts() {
        let shape = Shape::<u8>::new("a");
        assert!(shape.count(&Table::new()).is_err());
        assert_eq!(shape.name, "a");
    }
}
