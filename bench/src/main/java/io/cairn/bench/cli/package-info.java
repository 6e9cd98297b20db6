/** The commands of {@code cairn-bench}: what a person asks for, wired to generators, floors, the engine and reports. */
package io.cairn.bench.cli;
