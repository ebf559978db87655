# Counts the lines of files, by language.
library(R6)
library(stringr)

limit <- 1000000
extensions <- c(".txt", ".md")

#' The number of lines of a file.
#'
#' @param path A single path.
#' @return An integer, or NA where the file cannot be read.
count_lines <- function(path, encoding = "UTF-8") {
  if (!file.exists(path)) {
    return(NA_integer_)
  }
  size <- file.info(path)$size
  if (size > limit) {
    warning("too large: ", path)
    NA_integer_
  } else {
    # read all of it at once
    lines <- readLines(path, encoding = encoding)
    length(lines)
  }
}

is_text = function(path) any(endsWith(path, extensions))

Counter <- R6Class("Counter",
  public = list(
    totals = NULL,

    initialize = function(totals = list()) {
      self$totals <- totals
      invisible(self)
    },

    # Adds one file.
    add = function(path) {
      lines <- count_lines(path)
      for (name in names(self$totals)) {
        if (str_detect(path, name)) {
          self$totals[[name]] <- self$totals[[name]] + lines
        }
      }
      invisible(self)
    },
    report = function() {
      print(self$totals)
    }
  ),
  private = list(
    seen = character()
  )
)

setMethod("show", "Report", function(object) {
  cat("files:", length(object@files), "\n")
  cat("lines:", sum(object@lines), "\n")
})

totals <- function(paths) {
  counts <- vapply(paths, count_lines, integer(1))
  repeat {
    if (!anyNA(counts)) {
      break
    }
    counts <- counts[!is.na(counts)]
  }
  while (length(counts) > 10) {
    counts <- counts[-1]
  }
  data.frame(
    path = names(counts),
    lines = counts
  )
}

test_that("an empty file has no lines", {
  path <- tempfile()
  file.create(path)
  expect_equal(count_lines(path), 0L)
})
