/** Histories as files: what {@code check-history} reads and {@code torture} writes. */
package io.cairn.bench.history;
