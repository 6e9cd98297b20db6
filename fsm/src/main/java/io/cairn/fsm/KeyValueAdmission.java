package io.cairn.fsm;

import io.cairn.fsm.codec.BatchDecoder;
import io.cairn.fsm.codec.DeleteDecoder;
import io.cairn.fsm.codec.DeleteRangeDecoder;
import io.cairn.fsm.codec.DropTableDecoder;
import io.cairn.fsm.codec.GetDecoder;
import io.cairn.fsm.codec.MessageHeaderDecoder;
import io.cairn.fsm.codec.OperationType;
import io.cairn.fsm.page.PageDescriptor;
import org.agrona.DirectBuffer;

import static java.nio.ByteOrder.LITTLE_ENDIAN;

/**
 * What is known about a command before it is logged: whether it may be, and what it may cost. Pure. Owner: the admitting thread.
 */
final class KeyValueAdmission {
    /** A leaf to copy and two to split into, per key that is set; inner pages are the headroom's business. */
    private static final int PAGES_PER_KEY = 3;
    /** More where keys are so long that few of them share an inner page. */
    private static final int PAGES_PER_LONG_KEY = 8;
    private static final int LONG_KEY_BYTES = 128;
    /** Beside the key itself: rows of the expiry index that come and go, and the reply that a session keeps. */
    private static final int PAGES_BESIDE = 6;
    /** Copies of a path at either end of a removed range, and of the expiry index. */
    private static final int PAGES_PER_RANGE = 160;

    private final CommandReader reader;
    private final int valueBytesMax;
    private final int pageSize;

    KeyValueAdmission(final int valueBytesMax, final int pageSize) {
        this.valueBytesMax = valueBytesMax;
        this.pageSize = pageSize;
        reader = new CommandReader(keyBytesMax(pageSize));
    }

    /** Small pages, as tests have them, hold short keys only. */
    static int keyBytesMax(final int pageSize) {
        return Math.min(Limits.KEY_BYTES_MAX, PageDescriptor.keyLengthMax(pageSize));
    }

    int validate(final DirectBuffer command, final int offset, final int length) {
        final int templateId = reader.read(command, offset, length, valueBytesMax);
        if (templateId >= GetDecoder.TEMPLATE_ID) {
            return ApplyStatus.MALFORMED;
        }
        return Math.min(templateId, ApplyStatus.OK);
    }

    /** The command was accepted before, so its first length is where it says and within the message: all but batches need no second decoding. */
    int pagesBound(final DirectBuffer command, final int offset, final int length) {
        final int templateId = command.getShort(offset + MessageHeaderDecoder.templateIdEncodingOffset(), LITTLE_ENDIAN) & 0xFFFF;
        switch (templateId) {
            case DeleteDecoder.TEMPLATE_ID:
                return -(keyPages(firstLength(command, offset)) + PAGES_BESIDE);
            case DeleteRangeDecoder.TEMPLATE_ID, DropTableDecoder.TEMPLATE_ID:
                return -PAGES_PER_RANGE;
            case BatchDecoder.TEMPLATE_ID:
                return reader.read(command, offset, length, valueBytesMax) < 0 ? 0 : batchPages(reader.batch());
            default:
                return keyPages(firstLength(command, offset)) + valuePages(length) + PAGES_BESIDE;
        }
    }

    private int batchPages(final BatchReader batch) {
        int pages = 0;
        boolean isFreeing = true;
        batch.firstOperation();
        for (int i = 0; i < batch.operations(); i++) {
            batch.nextOperation();
            pages += keyPages(batch.key().length()) + valuePages(batch.value().length()) + PAGES_BESIDE;
            isFreeing &= batch.kind() == OperationType.DELETE.value();
        }
        return isFreeing ? -pages : pages;
    }

    private static int firstLength(final DirectBuffer command, final int offset) {
        final int block = command.getShort(offset + MessageHeaderDecoder.blockLengthEncodingOffset(), LITTLE_ENDIAN) & 0xFFFF;
        return command.getInt(offset + MessageHeaderDecoder.ENCODED_LENGTH + block, LITTLE_ENDIAN);
    }

    private static int keyPages(final int keyBytes) {
        return keyBytes > LONG_KEY_BYTES ? PAGES_PER_LONG_KEY : PAGES_PER_KEY;
    }

    /** Overflow pages lose a header each; three quarters of a page is less than any of them holds. */
    private int valuePages(final int valueBytes) {
        return valueBytes < pageSize / 4 ? 0 : 1 + valueBytes / (pageSize * 3 / 4);
    }
}
