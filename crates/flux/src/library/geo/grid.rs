//! Grids: the cells of one level that meet a region.

use s2::cellid::CellID;

use super::cell::MOST_LEVEL;
use super::region::Region;
use crate::library::LibraryError;

/// Cells of a grid whose number a script does not bound.
const USUAL_MOST: usize = 100;
/// Cells that any grid may have: a level given by the script bounds nothing by itself.
const MOST_CELLS: usize = 1_000_000;

/// Cells that an index is asked about.
const AROUND: usize = 64;

/// What a script asks of a grid; -1 stands for nothing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Wish {
    pub(super) level: i64,
    pub(super) most_level: i64,
    pub(super) least: i64,
    pub(super) most: i64,
}

impl Wish {
    /// Refuses what cannot be.
    pub(super) fn check(&self) -> Result<(), LibraryError> {
        if self.most_level > MOST_LEVEL {
            let found = self.most_level;
            return Err(LibraryError::new(format!("invalid maxLevel ({found}, must be < {MOST_LEVEL})")));
        }
        if self.level > MOST_LEVEL {
            return Err(LibraryError::new(format!("invalid level ({}, must be <= {MOST_LEVEL})", self.level)));
        }
        if self.least > 0 && self.most > 0 && self.least > self.most {
            return Err(LibraryError::new(format!("minSize > maxSize ({} > {})", self.least, self.most)));
        }
        Ok(())
    }
}

type Found = Option<(i64, Vec<CellID>)>;

/// The grid: of the level given, or of the first level with cells enough and not too many.
pub(super) fn find(region: &Region, wish: &Wish) -> Result<Found, LibraryError> {
    if wish.level > -1 {
        return match covering(region, wish.level, MOST_CELLS) {
            Some(cells) => Ok((!cells.is_empty()).then_some((wish.level, cells))),
            None => Err(LibraryError::new(format!(
                "level {} needs more than {MOST_CELLS} cells for this region; give a smaller level",
                wish.level
            ))),
        };
    }
    if wish.least <= 0 && wish.most <= 0 {
        return Err(LibraryError::new("either minSize or maxSize must be specified"));
    }
    let least = usize::try_from(wish.least).unwrap_or(0);
    let most = usize::try_from(wish.most).ok().filter(|n| *n > 0).unwrap_or(USUAL_MOST).min(MOST_CELLS);
    let last = if wish.most_level > 0 { wish.most_level } else { MOST_LEVEL };
    let mut found: Found = None;
    for level in 1..=last {
        let Some(cells) = covering(region, level, most) else { break };
        let enough = least > 0 && cells.len() >= least;
        found = Some((level, cells));
        if enough {
            break;
        }
    }
    // A bound given by the script stands even with fewer cells than asked for.
    let least = if wish.most_level > 0 { 1 } else { least.max(1) };
    Ok(found.filter(|(_, cells)| cells.len() >= least))
}

/// Cells that hold all of a region, not many of them.
pub(super) fn around(region: &Region) -> Vec<CellID> {
    let mut cells: Vec<CellID> = (0..6).map(CellID::from_face).collect();
    for level in 1..=MOST_LEVEL {
        match covering(region, level, AROUND) {
            Some(finer) => cells = finer,
            None => break,
        }
    }
    cells
}

/// All cells of a level that meet the region, in the order of the curve; `None` if they are more than `most`.
pub(super) fn covering(region: &Region, level: i64, most: usize) -> Option<Vec<CellID>> {
    let level = u64::try_from(level).ok()?;
    let mut cells = Vec::new();
    // Cells to look at, the next one last; whether they are known to lie inside.
    let mut open: Vec<(CellID, bool)> = (0..6).rev().map(|face| (CellID::from_face(face), false)).collect();
    while let Some((cell, inside)) = open.pop() {
        let (meets, holds) = if inside { (true, true) } else { region.meets(cell) };
        if !meets {
            continue;
        }
        if cell.level() < level {
            open.extend(cell.children().into_iter().rev().map(|child| (child, holds)));
        } else if cells.len() < most {
            cells.push(cell);
        } else {
            return None;
        }
    }
    Some(cells)
}
