# Where the line counter runs.
terraform {
  required_version = ">= 1.5"
  required_providers {
    aws = {
      source  = "hashicorp/aws"
      version = "~> 5.0"
    }
  }
}

provider "aws" {
  region = var.region
}

variable "region" {
  type    = string
  default = "eu-central-1"
}

variable "limits" {
  description = "How much one request may read."
  type = object({
    files   = number
    seconds = number
  })
  default = {
    files   = 10000
    seconds = 30
  }
}

locals {
  name = "line-counter"
  tags = {
    app   = local.name # everywhere
    owner = "readers"
    stage = var.region == "eu-central-1" ? "live" : "test"
  }
}

# Files to count.
resource "aws_s3_bucket" "files" {
  bucket = "${local.name}-files"
  tags   = local.tags

  lifecycle {
    prevent_destroy = true
  }
}

resource "aws_lambda_function" "count" {
  function_name = local.name
  handler       = "main.count"
  runtime       = "python3.12"
  layers = [
    aws_lambda_layer_version.base.arn,
    aws_lambda_layer_version.readers.arn,
  ]

  environment {
    variables = {
      BUCKET = aws_s3_bucket.files.id
      FILES  = var.limits.files
    }
  }

  dynamic "tracing_config" {
    for_each = var.region == "" ? [] : [1]
    content {
      mode = "Active"
    }
  }
}

data "aws_iam_policy_document" "read" {
  statement {
    actions   = ["s3:GetObject"]
    resources = ["${aws_s3_bucket.files.arn}/*"]
  }
}

output "bucket" {
  value = aws_s3_bucket.files.id
}
