package io.cairn.wal;

import java.nio.file.Path;

/**
 * Something in a log directory that is not as it should be.
 *
 * @param file   where.
 * @param offset of the first byte concerned, from the start of the file.
 * @param index  of the entry concerned, -1 where none is.
 * @param reason what is wrong, in words.
 */
public record WalFinding(Path file, long offset, long index, String reason)
{
    @Override
    public String toString()
    {
        return file + ": offset " + offset + (index < 0 ? "" : ": index " + index) + ": " + reason;
    }
}
