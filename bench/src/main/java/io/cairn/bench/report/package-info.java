/** What a person or a machine gets to read of a run: text table, JSON, self-contained HTML page, HdrHistogram files. */
package io.cairn.bench.report;
