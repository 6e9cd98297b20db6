package io.cairn.engine.storage;

import io.cairn.engine.client.EngineException;
import io.cairn.engine.fuzz.FuzzTarget;
import io.cairn.wal.io.OpenMode;
import io.cairn.wal.io.SimulatedStorageIo;
import io.cairn.wal.io.StorageFile;
import io.cairn.wal.layout.Crc32c;
import org.agrona.BufferUtil;
import org.agrona.concurrent.UnsafeBuffer;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * The small files of a data directory: who the members were at first, which machine it is for, which snapshot was to be installed. First byte: bits 0
 * and 1 which of them, 4 seals the checksum. Each is refused as damaged, or says what was written.
 */
public final class NodeFilesFuzz implements FuzzTarget {
    private static final Path DIR = Path.of("/data");
    private static final String MACHINE = "key-value";
    private static final int FOUNDING = 0;
    private static final int IDENTITY = 1;
    private static final int INTENT = 2;
    private static final int SEALS = 4;

    private final UnsafeBuffer buffer = new UnsafeBuffer(BufferUtil.allocateDirectAligned(1 << 17, 64));

    /** For one thread. */
    public NodeFilesFuzz() {
    }

    @Override
    public List<byte[]> seeds() {
        try (SimulatedStorageIo io = new SimulatedStorageIo(1)) {
            io.createDirectories(DIR);
            new FoundingFile(io, DIR).write(new byte[] {9, 8, 7, 6, 5});
            MachineIdentity.claim(io, DIR, MACHINE);
            InstallIntent.write(io, DIR, new InstallIntent(77, 3));
            return List.of(seed(io, FOUNDING), seed(io, IDENTITY), seed(io, INTENT), seed(io, SEALS | FOUNDING), seed(io, SEALS | INTENT));
        }
    }

    private static Path path(final int mode) {
        return DIR.resolve(switch (mode & 3) {
            case FOUNDING -> FoundingFile.FILE_NAME;
            case IDENTITY -> MachineIdentity.FILE_NAME;
            default -> "install.intent";
        });
    }

    private static byte[] seed(final SimulatedStorageIo io, final int mode) {
        final byte[] seed = new byte[1 + (int)io.sizeOf(path(mode))];
        seed[0] = (byte)mode;
        for (int i = 1; i < seed.length; i++) {
            seed[i] = io.byteAt(path(mode), i - 1);
        }
        return seed;
    }

    @Override
    public boolean isChecksummed() {
        return true;
    }

    @Override
    public Object meaning(final byte[] input) {
        return 0 != (mode(input) & SEALS) ? "sealed again" : read(input);
    }

    private static int mode(final byte[] input) {
        return 0 == input.length ? 0 : input[0];
    }

    @Override
    public int rounds() {
        return 2_000;
    }

    @Override
    public void accept(final byte[] input) {
        read(input);
    }

    private Object read(final byte[] input) {
        final int mode = mode(input);
        final int length = Math.min(buffer.capacity(), Math.max(0, input.length - 1));
        buffer.putBytes(0, input, Math.min(1, input.length), length);
        if (0 != (mode & SEALS) && length > Integer.BYTES) {
            buffer.putInt(length - Integer.BYTES, Crc32c.compute(buffer, 0, length - Integer.BYTES), LITTLE_ENDIAN);
        }
        try (SimulatedStorageIo io = new SimulatedStorageIo(1)) {
            io.createDirectories(DIR);
            try (StorageFile file = io.open(path(mode), OpenMode.CREATE_NEW)) {
                file.write(0, buffer, 0, length);
            }
            return switch (mode & 3) {
                case FOUNDING -> Arrays.toString(new FoundingFile(io, DIR).read());
                case IDENTITY -> {
                    MachineIdentity.check(io, DIR, MACHINE);
                    yield MACHINE;
                }
                default -> InstallIntent.read(io, DIR);
            };
        } catch (final EngineException refused) {
            assertTrue(refused.getMessage().contains(DIR.toString()), refused::getMessage);
            return null;
        }
    }
}
