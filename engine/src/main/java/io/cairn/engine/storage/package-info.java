/**
 * Opens what a node keeps on disk and puts the state together again: snapshot first, then the log behind it.
 */
package io.cairn.engine.storage;
