package io.cairn.engine.cli;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Locale;

import io.cairn.wal.RecordSummary;
import io.cairn.wal.SegmentSummary;
import io.cairn.wal.WalInspector;
import io.cairn.wal.layout.RecordDescriptor;
import org.agrona.DirectBuffer;
import picocli.CommandLine.Option;

/**
 * Shows the segments of a log and the records in them, as lines or as one JSON document that is written as it is read. One thread.
 */
final class WalDump {
    private static final String[] TYPES = {"0", "COMMAND", "NO_OP", "CONFIGURATION", "TICK", "SESSION"};
    private static final char[] DIGITS = "0123456789abcdef".toCharArray();

    private final WalInspector inspector;
    private final Selection selection;
    private final CairnCommand root;
    private final PrintWriter out;
    private final Json json = new Json();
    private long shown;

    WalDump(final WalInspector inspector, final Selection selection, final CairnCommand root) {
        this.inspector = inspector;
        this.selection = selection;
        this.root = root;
        out = root.console().out();
    }

    /** Which records to show. */
    static final class Selection {
        @Option(names = "--from", paramLabel = "INDEX", defaultValue = "0", description = "First index to show (default: the first of the log).")
        private long from;

        @Option(names = "--to", paramLabel = "INDEX", defaultValue = "" + Long.MAX_VALUE,
            description = "Last index to show (default: the last of the log).")
        private long to;

        @Option(names = "--limit", paramLabel = "N", defaultValue = "" + Long.MAX_VALUE, description = "Show at most N records (default: all).")
        private long limit;

        @Option(names = "--payload", description = "Show the payloads, in hexadecimal.")
        private boolean payload;

        @Option(names = "--segments", description = "Show the segments only.")
        private boolean segmentsOnly;

        private boolean takes(final RecordSummary record) {
            return !record.isGood() || record.index() >= from && record.index() <= to;
        }

        private boolean takes(final SegmentSummary segment) {
            return segment.state() == SegmentSummary.State.DAMAGED || segment.baseIndex() <= to && segment.lastIndex() >= from - 1;
        }
    }

    void run(final Path dir) {
        if (root.isJson()) {
            json.object().put("directory", dir.toString()).array("segments");
        }
        for (final SegmentSummary segment : inspector.segments()) {
            show(segment);
            if (shown >= selection.limit || root.console().isGone()) {
                break;
            }
        }
        if (root.isJson()) {
            json.endArray().endObject();
            json.drainTo(out);
            out.println();
        }
        out.flush();
    }

    private void show(final SegmentSummary segment) {
        final String created = Instant.ofEpochMilli(segment.createdMs()).toString();
        if (root.isJson()) {
            json.object().put("file", segment.file().getFileName().toString()).put("state", segment.state().name())
                .put("segmentId", segment.segmentId()).put("baseIndex", segment.baseIndex()).put("lastIndex", segment.lastIndex())
                .put("entries", segment.entryCount()).put("bytes", segment.segmentBytes()).put("usedBytes", segment.usedBytes())
                .put("generation", segment.generation()).put("createdMs", segment.createdMs()).put("problem", segment.problem()).array("records");
        } else {
            out.printf("%s %s id=%d base=%d last=%d entries=%d bytes=%d used=%d generation=%d created=%s%s%n", segment.file().getFileName(),
                segment.state(), segment.segmentId(), segment.baseIndex(), segment.lastIndex(), segment.entryCount(), segment.segmentBytes(),
                segment.usedBytes(), segment.generation(), created, segment.problem() == null ? "" : "  DAMAGED: " + segment.problem());
        }
        final boolean hasRecords = segment.state() != SegmentSummary.State.SPARE && segment.problem() == null;
        if (!selection.segmentsOnly && hasRecords && selection.takes(segment)) {
            inspector.forEachRecord(segment.file(), this::show);
        }
        if (root.isJson()) {
            json.endArray().endObject();
            json.drainTo(out);
        }
    }

    private boolean show(final RecordSummary record) {
        if (record.isGood() && record.index() > selection.to) {
            return false;
        }
        if (selection.takes(record)) {
            if (root.isJson()) {
                showJson(record);
            } else {
                showLine(record);
            }
            shown++;
        }
        return shown < selection.limit && !(shown % 1024 == 0 && root.console().isGone());
    }

    private void showLine(final RecordSummary record) {
        out.printf(Locale.ROOT, "  offset=%d index=%d term=%d type=%s flags=%x time=%d length=%d crc=%08x chain=%08x floorLag=%d%s%n",
            record.offset(), record.index(), record.term(), type(record), record.flags(), record.timestampMs(), record.payloadLength(),
            record.payloadCrc(), record.chain(), record.floorLag(), record.isGood() ? "" : "  BAD: " + record.problem());
        if (selection.payload && record.payloadLength() > 0) {
            inspector.hexDump(record.file(), record.offset() + RecordDescriptor.HEADER_LENGTH, record.payloadLength()).lines()
                .forEach(line -> out.println("    " + line));
        }
    }

    private void showJson(final RecordSummary record) {
        json.object().put("offset", record.offset()).put("index", record.index()).put("term", record.term()).put("type", type(record))
            .put("flags", record.flags()).put("timestampMs", record.timestampMs()).put("length", record.payloadLength())
            .put("crc", hex(record.payloadCrc())).put("chain", hex(record.chain())).put("floorLag", record.floorLag())
            .put("problem", record.problem());
        if (selection.payload) {
            json.put("payload", hex(record.payload(), record.payloadLength()));
        }
        json.endObject();
        json.drainTo(out);
    }

    private static String type(final RecordSummary record) {
        return record.type() > 0 && record.type() < TYPES.length ? TYPES[record.type()] : Integer.toString(record.type());
    }

    private static String hex(final int value) {
        return String.format(Locale.ROOT, "%08x", value);
    }

    private static String hex(final DirectBuffer payload, final int length) {
        final char[] text = new char[2 * length];
        for (int i = 0; i < length; i++) {
            text[2 * i] = DIGITS[payload.getByte(i) >> 4 & 0xf];
            text[2 * i + 1] = DIGITS[payload.getByte(i) & 0xf];
        }
        return new String(text);
    }
}
