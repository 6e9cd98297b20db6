package io.cairn.fsm;

import java.util.List;
import org.agrona.MutableDirectBuffer;

/**
 * The files that a {@link MachineSnapshot} wrote, for {@link StateMachine#restore}. Checksums were verified before.
 */
public interface SnapshotSource {
    /** A source without files, for machines whose whole state is in the tables. */
    SnapshotSource EMPTY = new Empty();

    /** @return names of the files, sorted. */
    List<String> names();

    /**
     * Length of a file.
     *
     * @param name of the file.
     * @return bytes, or -1 when there is none of that name.
     */
    long length(String name);

    /**
     * Reads bytes of a file.
     *
     * @param name     of the file.
     * @param position of the first byte in the file.
     * @param target   to read into.
     * @param offset   in the target.
     * @param length   most bytes to read.
     * @return bytes read, or -1 at the end of the file.
     */
    int read(String name, long position, MutableDirectBuffer target, int offset, int length);

    /**
     * Where a file lies, for a machine that opens or links it in place. It must not be changed.
     *
     * @param name of the file.
     * @return path string of the platform.
     */
    String path(String name);

    /** The source without files. */
    final class Empty implements SnapshotSource {
        private Empty() {
        }

        @Override
        public List<String> names() {
            return List.of();
        }

        @Override
        public long length(final String name) {
            return -1;
        }

        @Override
        public int read(final String name, final long position, final MutableDirectBuffer target, final int offset, final int length) {
            return -1;
        }

        @Override
        public String path(final String name) {
            throw new IllegalArgumentException("no file " + name + " in a snapshot without files");
        }
    }
}
