package io.cairn.engine.transport;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;

/**
 * Where the media driver of a member keeps its files: term buffers and counters that every message goes through and that need not survive it. On a
 * disk, write-back stalls whoever stores into them, so they belong into memory where there is a file system of it with room.
 */
public final class DriverDirectory {
    private static final Path MEMORY = Path.of("/dev/shm");
    private static final long ROOM_MIN = 512L << 20;

    private DriverDirectory() {
    }

    /**
     * The directory of one member: the same at every start, so that what a killed process left is taken over and not left for ever.
     *
     * @param dataDirectory of the member.
     * @return below {@code /dev/shm} where that can be written and has half a gigabyte of room, otherwise below the data directory.
     */
    public static Path of(final Path dataDirectory) {
        return of(dataDirectory, MEMORY);
    }

    static Path of(final Path dataDirectory, final Path memory) {
        final File file = memory.toFile();
        if (!file.isDirectory() || !Files.isWritable(memory) || file.getUsableSpace() < ROOM_MIN) {
            return dataDirectory.resolve("aeron");
        }
        final String path = dataDirectory.toAbsolutePath().normalize().toString();
        return memory.resolve("cairn-" + UUID.nameUUIDFromBytes(path.getBytes(StandardCharsets.UTF_8)));
    }
}
