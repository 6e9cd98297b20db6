/** Benchmarks of Cairn: load generators, floors, micro benchmarks, reports, and the commands that run them. */
package io.cairn.bench;
