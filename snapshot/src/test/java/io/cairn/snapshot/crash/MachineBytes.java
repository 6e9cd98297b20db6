package io.cairn.snapshot.crash;

import io.cairn.fsm.MachineSnapshot;
import io.cairn.fsm.SnapshotSink;
import io.cairn.fsm.SnapshotSource;
import java.util.List;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * Files that a machine adds to its snapshot: their bytes follow from the index.
 */
final class MachineBytes implements MachineSnapshot
{
    private static final List<String> NAMES = List.of("first.bin", "second.bin");

    private final long index;

    MachineBytes(final long index)
    {
        this.index = index;
    }

    @Override
    public boolean inTables()
    {
        return false;
    }

    @Override
    public void writeTo(final SnapshotSink sink)
    {
        for (int i = 0; i < NAMES.size(); i++)
        {
            final UnsafeBuffer bytes = bytes(index, i);
            sink.begin(NAMES.get(i));
            final int half = bytes.capacity() / 2;
            sink.write(bytes, 0, half);
            sink.write(bytes, half, bytes.capacity() - half);
        }
    }

    @Override
    public void close()
    {
    }

    /** Why the files of a restored snapshot are wrong, or null. */
    static String differs(final SnapshotSource source, final long index)
    {
        if (!source.names().equals(NAMES))
        {
            return "the machine's files are " + source.names();
        }
        for (int i = 0; i < NAMES.size(); i++)
        {
            final UnsafeBuffer expected = bytes(index, i);
            final UnsafeBuffer found = new UnsafeBuffer(new byte[expected.capacity() + 1]);
            if (source.read(NAMES.get(i), 0, found, 0, found.capacity()) != expected.capacity())
            {
                return NAMES.get(i) + " has another length";
            }
            for (int at = 0; at < expected.capacity(); at++)
            {
                if (found.getByte(at) != expected.getByte(at))
                {
                    return NAMES.get(i) + " differs at byte " + at;
                }
            }
        }
        return null;
    }

    private static UnsafeBuffer bytes(final long index, final int file)
    {
        final UnsafeBuffer bytes = new UnsafeBuffer(new byte[(int)(100 + index % 300 + file * 500)]);
        for (int i = 0; i < bytes.capacity(); i++)
        {
            bytes.putByte(i, (byte)(index * 7 + i * 13 + file));
        }
        return bytes;
    }
}
