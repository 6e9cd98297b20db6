package io.cairn.wal;

import java.nio.file.Path;
import org.agrona.DirectBuffer;

/**
 * One record as {@link WalInspector} finds it, bad ones included.
 *
 * @param file          of the segment.
 * @param offset        of the record in the file.
 * @param type          see {@link io.cairn.wal.layout.RecordDescriptor}.
 * @param flags         16 bits.
 * @param index         of the entry.
 * @param term          of the entry.
 * @param timestampMs   log time.
 * @param payloadCrc    CRC32C of the payload.
 * @param chain         of the log up to and with this entry.
 * @param floorLag      index minus the highest index known forced when it was appended.
 * @param payloadLength in bytes, 0 where the length is impossible.
 * @param payload       a view over the payload, valid during the visit only.
 * @param problem       null for a good record; otherwise what is wrong, and the other fields are what the bytes say.
 */
public record RecordSummary(
    Path file,
    long offset,
    int type,
    int flags,
    long index,
    long term,
    long timestampMs,
    int payloadCrc,
    int chain,
    int floorLag,
    int payloadLength,
    DirectBuffer payload,
    String problem)
{
    /**
     * Is the record whole?
     *
     * @return true if nothing is wrong with it.
     */
    public boolean isGood()
    {
        return problem == null;
    }
}
