/**
 * The operator's command line, {@code cairn}: groups of commands over a shell that keeps the promises every command shares (exit codes, one line for
 * an error, {@code --json} alone on standard output).
 */
package io.cairn.engine.cli;
