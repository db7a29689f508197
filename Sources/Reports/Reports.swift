// The module Reports.
