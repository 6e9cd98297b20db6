/**
 * A pinned version of the state as checked files, and back: full and incremental snapshots, written in the background, published atomically,
 * verified to the last byte, restored with page ids and epochs kept, retained with what their chains need.
 *
 * <p>All file access goes through {@link io.cairn.wal.io.StorageIo}; time is an argument; nothing here starts a thread unless
 * {@link io.cairn.snapshot.SnapshotContext#readThreads(int)} asks for it. The bytes are described in {@code docs/formats/snapshot.md}.
 */
package io.cairn.snapshot;
