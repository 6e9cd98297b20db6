package io.cairn.snapshot;

/**
 * A file of a snapshot as its manifest names it.
 *
 * @param name        path below the snapshot's directory, with {@code /} between its parts.
 * @param lengthBytes exact length.
 * @param checksum    folded over the CRC32Cs of the file's blocks, in order: {@code c = CRC32C(c, block)} from 0. What a block is depends on the
 *              file: see
 *                    {@link Checksums} and the format's page.
 * @param linked      true if the file is a hard link to one that existed before: it shares its sectors with other files.
 */
public record SnapshotFile(String name, long lengthBytes, int checksum, boolean linked) {
}
