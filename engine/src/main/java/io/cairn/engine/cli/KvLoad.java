package io.cairn.engine.cli;

import java.io.FileInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.KeyValueCommands;
import org.agrona.DirectBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * {@code cairn kv load}: puts the lines of a file, as many in flight as the engine takes, and says how far they are durable. One thread.
 *
 * <p>Answers come in the order of the log, which is the order of the file: the number of answers is the number of lines that are durable, but for the
 * lines that hold nothing, which count with the line before. Puts without a session suffice, since a load that is repeated sets the same values.
 */
final class KvLoad implements AutoCloseable, ReplyHandler {
    private static final long REFUSED = -1;
    private static final int REPORT_LINES = 500;
    private static final int POLL_LIMIT = 250;
    private static final int POLL_INTERVAL = 64;
    private static final long PROGRESS_INTERVAL_NS = TimeUnit.MILLISECONDS.toNanos(500);

    private final String name;
    private final Console console;
    private final boolean json;
    private final boolean escaped;
    private final ByteLines lines;
    private final long fileBytes;
    private final UnsafeBuffer line = new UnsafeBuffer(new byte[0]);
    private final UnsafeBuffer field = new UnsafeBuffer(new byte[0]);
    private long[] lineNumbers = new long[1 << 13];
    private long[] correlationIds = new long[1 << 13];
    private long sent;
    private long answered;
    private long acked;
    private long reported;
    private long readBytes;
    private int refusal;
    private long refusedLine = Long.MAX_VALUE;
    private long startNs;
    private long progressNs;
    private long progressAcked;

    /**
     * Opens the file, before anything is made of the data directory.
     *
     * @param name    of the file; {@code -} for standard input.
     * @param console to write to.
     * @param json    the outcome as a document.
     * @param escaped lines are in the notation of batch.
     */
    KvLoad(final String name, final Console console, final boolean json, final boolean escaped) {
        this.name = name;
        this.console = console;
        this.json = json;
        this.escaped = escaped;
        InputStream source = console.in();
        long bytes = 0;
        if (!"-".equals(name)) {
            final Path path = Path.of(name);
            if (Files.isDirectory(path)) {
                throw new CliFailure(name + ": is a directory; name a file of lines");
            }
            if (!Files.exists(path)) {
                throw new CliFailure(name + ": no such file; name a file of lines, or - for standard input");
            }
            try {
                bytes = Files.size(path);
                source = new FileInputStream(path.toFile());
            } catch (final FileNotFoundException ex) {
                throw new CliFailure(name + ": cannot be read; check its permissions");
            } catch (final IOException ex) {
                throw new UncheckedIOException(ex);
            }
        }
        lines = new ByteLines(source);
        fileBytes = bytes;
    }

    void run(final KvTarget node) {
        startNs = System.nanoTime();
        progressNs = startNs;
        final int valueBytesMax = node.valueBytesMax();
        try (AsyncKeyValue client = node.newClient()) {
            lines.beforeWaiting(() -> settle(node, client));
            int problem = ApplyStatus.OK;
            while (problem == ApplyStatus.OK && refusal == 0 && !console.interruption().isRequested() && nextLine()) {
                problem = putLine(node, client, valueBytesMax);
            }
            while (answered < sent) {
                await(node, client);
            }
            if (refusal == 0) {
                // Whatever followed the last line that was put held nothing.
                acked = problem == ApplyStatus.OK ? lines.number() : lines.number() - 1;
            }
            report(true);
            progress(System.nanoTime(), true);
            if (problem != ApplyStatus.OK || refusal != 0) {
                final int status = problem == ApplyStatus.OK ? refusal : problem;
                final long number = problem == ApplyStatus.OK ? refusedLine : lines.number();
                throw new CliFailure(name + ": line " + number + ": " + ReplyStatus.explain(status) + "; the lines before it are loaded");
            }
            if (console.interruption().isRequested()) {
                throw new CliFailure(name + ": interrupted; the first " + acked + " lines are loaded, load it again for the rest");
            }
        }
        if (json) {
            final double seconds = (System.nanoTime() - startNs) / 1e9;
            console.answer(new Json().object().put("acked", acked).put("seconds", seconds).put("linesPerSecond", acked / seconds)
                .endObject().toString());
        }
    }

    /** Whoever feeds the lines one by one sees how far they are, and may keep them back for ever: an interruption does not wait for that. */
    private void settle(final KvTarget node, final AsyncKeyValue client) {
        while (answered < sent) {
            await(node, client);
        }
        report(false);
        console.interruption().hold(false);
    }

    private boolean nextLine() {
        try {
            return lines.next();
        } catch (final IOException ex) {
            throw new UncheckedIOException(new IOException(name + ": " + ex.getMessage()));
        } finally {
            console.interruption().hold(true);
        }
    }

    private int putLine(final KvTarget node, final AsyncKeyValue client, final int valueBytesMax) {
        final int start = lines.offset();
        final int length = lines.length();
        readBytes += length + 1L;
        if (length == 0) {
            return ApplyStatus.OK;
        }
        line.wrap(lines.buffer(), start, length);
        int keyLength = 0;
        while (keyLength < length && line.getByte(keyLength) != '\t') {
            keyLength++;
        }
        final int valueOffset = Math.min(length, keyLength + 1);
        return escaped ? putEscaped(node, client, start, keyLength, valueOffset, valueBytesMax) :
            put(node, client, line, 0, keyLength, line, valueOffset, length - valueOffset, valueBytesMax);
    }

    private int putEscaped(
        final KvTarget node, final AsyncKeyValue client, final int start, final int keyLength, final int valueOffset, final int valueBytesMax) {
        try {
            final byte[] key = Escapes.read(lines.buffer(), start, keyLength);
            final byte[] value = Escapes.read(lines.buffer(), start + valueOffset, lines.length() - valueOffset);
            line.wrap(key);
            field.wrap(value);
            return put(node, client, line, 0, key.length, field, 0, value.length, valueBytesMax);
        } catch (final IllegalArgumentException ex) {
            throw new CliFailure(name + ": line " + lines.number() + ": " + ex.getMessage());
        }
    }

    private int put(
        final KvTarget node,
        final AsyncKeyValue client,
        final UnsafeBuffer key,
        final int keyOffset,
        final int keyLength,
        final UnsafeBuffer value,
        final int valueOffset,
        final int valueLength,
        final int valueBytesMax) {
        final int problem = KvLimits.ofKey(keyLength);
        if (problem != ApplyStatus.OK || valueLength > valueBytesMax) {
            return problem != ApplyStatus.OK ? problem : ApplyStatus.VALUE_TOO_LONG;
        }
        while (refusal == 0) {
            final long correlationId = client.put(KeyValueCommands.DEFAULT_TABLE, key, keyOffset, keyLength, value, valueOffset, valueLength);
            if (correlationId >= 0) {
                sent(lines.number(), correlationId);
                if (sent % POLL_INTERVAL == 0) {
                    poll(client);
                }
                return ApplyStatus.OK;
            }
            if (correlationId != ReplyStatus.BACK_PRESSURED) {
                return (int)correlationId;
            }
            await(node, client);
        }
        return ApplyStatus.OK;
    }

    /** Remembers which line a put was of: outcomes come in the same order. */
    private void sent(final long number, final long correlationId) {
        if (sent - answered == lineNumbers.length) {
            lineNumbers = wider(lineNumbers);
            correlationIds = wider(correlationIds);
        }
        lineNumbers[slot(sent)] = number;
        correlationIds[slot(sent)] = correlationId;
        sent++;
    }

    private long[] wider(final long[] ring) {
        final long[] wider = new long[ring.length * 2];
        for (long i = answered; i < sent; i++) {
            wider[(int)(i & wider.length - 1)] = ring[(int)(i & ring.length - 1)];
        }
        return wider;
    }

    private int slot(final long sequence) {
        return (int)(sequence & lineNumbers.length - 1);
    }

    private int poll(final AsyncKeyValue client) {
        final int count = client.poll(this, POLL_LIMIT);
        if (acked - reported >= REPORT_LINES || count == 0) {
            report(false);
        }
        return count;
    }

    private void await(final KvTarget node, final AsyncKeyValue client) {
        if (poll(client) > 0) {
            node.busy();
            progress(System.nanoTime(), false);
            return;
        }
        if (!node.isServing() && client.poll(this, POLL_LIMIT) == 0) {
            report(true);
            throw new CliFailure(name + ": stopped behind line " + acked + ": " + node.reasonOfEnd());
        }
        node.idle();
    }

    /** A refusal overtakes the outcomes of lines before it: lines count as far as the first that was refused, whatever took effect behind it. */
    @Override
    public void onReply(
        final long correlationId, final int status, final long index, final DirectBuffer buffer, final int offset, final int length) {
        for (long i = answered; status < 0 && i < sent; i++) {
            if (correlationIds[slot(i)] == correlationId) {
                if (lineNumbers[slot(i)] < refusedLine) {
                    refusedLine = lineNumbers[slot(i)];
                    refusal = status;
                }
                correlationIds[slot(i)] = REFUSED;
                break;
            }
        }
        if (status >= 0) {
            skipRefused();
            final long number = lineNumbers[slot(answered++)];
            acked = number < refusedLine ? number : acked;
        }
        skipRefused();
    }

    private void skipRefused() {
        while (answered < sent && correlationIds[slot(answered)] == REFUSED) {
            answered++;
        }
    }

    private void report(final boolean isLast) {
        if (!json && (acked > reported || isLast && acked == 0)) {
            reported = acked;
            console.answer("acked " + acked);
            if (console.isGone()) {
                throw new CliFailure("standard output: " + console.lost() + "; the first " + acked + " lines are loaded");
            }
        }
    }

    private void progress(final long nowNs, final boolean isLast) {
        if (!console.showsProgress() || !isLast && nowNs - progressNs < PROGRESS_INTERVAL_NS) {
            return;
        }
        final long sinceNs = isLast ? startNs : progressNs;
        final double rate = (acked - (isLast ? 0 : progressAcked)) * 1e9 / Math.max(1, nowNs - sinceNs);
        final String share = fileBytes == 0 ? "" : String.format(Locale.ROOT, " %3d%%", Math.min(100, readBytes * 100 / fileBytes));
        console.err().print(String.format(Locale.ROOT, "\r%,d lines%s  %,.0f/s %s", acked, share, rate, isLast ? "\n" : ""));
        console.err().flush();
        progressNs = nowNs;
        progressAcked = acked;
    }

    @Override
    public void close() {
        try {
            lines.close();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }
}
