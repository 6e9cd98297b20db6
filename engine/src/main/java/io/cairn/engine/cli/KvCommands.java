package io.cairn.engine.cli;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.function.LongSupplier;

import io.cairn.engine.StorageEngine;
import io.cairn.engine.client.AsyncKeyValue;
import io.cairn.engine.client.KeyValueException;
import io.cairn.engine.client.ReplyHandler;
import io.cairn.engine.client.ReplyStatus;
import io.cairn.fsm.ApplyStatus;
import io.cairn.fsm.Bytes;
import io.cairn.fsm.KeyValueCommands;
import io.cairn.fsm.KeyValueReplies;
import org.agrona.DirectBuffer;
import org.agrona.ExpandableArrayBuffer;
import org.agrona.concurrent.UnsafeBuffer;

/**
 * The commands of {@code cairn kv} that do one thing and print its outcome. One thread.
 *
 * <p>They need no session of their own: this process sends each command once, and when it does not live to see the answer nobody is left to send it
 * again. Where a cluster is reached, its client may send it several times; it has a session for that.
 */
final class KvCommands implements ReplyHandler {
    private static final int TABLE = KeyValueCommands.DEFAULT_TABLE;
    private static final int FLUSH_BYTES = 32 * 1024;

    /**
     * How keys and values are read and printed.
     *
     * @param json    one document.
     * @param escaped in the notation of batch.
     */
    record Format(boolean json, boolean escaped) {
    }

    private final KvTarget node;
    private final Console console;
    private final Format format;
    private final KeyValueCommands encoder = new KeyValueCommands();
    private final KeyValueReplies replies = new KeyValueReplies();
    private final ExpandableArrayBuffer scratch = new ExpandableArrayBuffer(1024);
    private final Bytes bytes = new Bytes();
    private boolean answered;
    private int status;
    private long index;
    private byte[] body;

    KvCommands(final KvTarget node, final Console console, final Format format) {
        this.node = node;
        this.console = console;
        this.format = format;
    }

    void put(final String keyText, final String valueText) {
        final UnsafeBuffer key = key(keyText);
        final UnsafeBuffer value = new UnsafeBuffer(read(valueText));
        try (AsyncKeyValue client = node.newClient()) {
            call(client, () -> client.put(TABLE, key, 0, key.capacity(), value, 0, value.capacity()));
        }
        answerIndex();
    }

    void delete(final String keyText) {
        final UnsafeBuffer key = key(keyText);
        try (AsyncKeyValue client = node.newClient()) {
            call(client, () -> client.delete(TABLE, key, 0, key.capacity()));
        }
        answerIndex();
    }

    private void answerIndex() {
        console.answer(format.json() ? new Json().object().put("index", index).endObject().toString() : "OK index=" + index);
    }

    void get(final String keyText) {
        final UnsafeBuffer key = key(keyText);
        try (AsyncKeyValue client = node.newClient()) {
            call(client, () -> client.get(TABLE, key, 0, key.capacity()));
        }
        if (status == ApplyStatus.NOT_FOUND) {
            throw new CliFailure("no such key: " + Escapes.text(key.byteArray()));
        }
        final byte[] value = replies.wrap(new UnsafeBuffer(body), 0, body.length).value(bytes).toArray();
        if (format.json()) {
            final Json json = new Json().object();
            putBytes(json, "value", value);
            console.answer(json.put("index", index).endObject().toString());
        } else {
            final ByteArrayOutputStream line = new ByteArrayOutputStream(value.length + 1);
            append(line, value);
            line.write('\n');
            print(line);
        }
    }

    void increment(final String keyText, final long delta) {
        final UnsafeBuffer key = key(keyText);
        final int length = encoder.encodeIncrement(scratch, 0, TABLE, key, 0, key.capacity(), delta);
        try (AsyncKeyValue client = node.newClient()) {
            call(client, () -> client.command(scratch, 0, length));
        }
        final long sum = replies.wrap(new UnsafeBuffer(body), 0, body.length).number();
        console.answer(format.json() ? new Json().object().put("value", sum).put("index", index).endObject().toString() : Long.toString(sum));
    }

    void compareAndSet(final String keyText, final String expectedText, final String valueText) {
        final UnsafeBuffer key = key(keyText);
        final UnsafeBuffer expected = new UnsafeBuffer(read(expectedText));
        final UnsafeBuffer value = new UnsafeBuffer(read(valueText));
        final int length = encoder.encodeCompareAndSet(
            scratch, 0, TABLE, new Bytes().wrap(key, 0, key.capacity()), new Bytes().wrap(expected, 0, expected.capacity()),
            new Bytes().wrap(value, 0, value.capacity()), 0);
        try (AsyncKeyValue client = node.newClient()) {
            call(client, () -> client.command(scratch, 0, length));
        }
        final boolean isSet = status == ApplyStatus.OK;
        console.answer(format.json() ? new Json().object().put("set", isSet).put("index", index).endObject().toString() :
            (isSet ? "OK index=" : "NO index=") + index);
        if (!isSet) {
            throw new CliFailure("nothing changed: " + Escapes.text(key.byteArray()) + " does not have the value OLD");
        }
    }

    void scan(final String prefixText, final long limit, final boolean reverse) {
        final byte[] prefix = read(prefixText);
        final ByteArrayOutputStream lines = new ByteArrayOutputStream(FLUSH_BYTES * 2);
        final Json json = format.json() ? new Json().object().array("rows") : null;
        final long[] rows = {0};
        final long stateIndex = node.scan(prefix, reverse, (key, value) -> {
            if (console.interruption().isRequested()) {
                throw new CliFailure("interrupted");
            }
            rows[0]++;
            if (json == null) {
                append(lines, key);
                lines.write('\t');
                append(lines, value);
                lines.write('\n');
                if (lines.size() >= FLUSH_BYTES) {
                    print(lines);
                }
            } else {
                json.object();
                putBytes(json, "key", key);
                putBytes(json, "value", value);
                json.endObject();
            }
            return rows[0] < limit && !console.isGone();
        });
        if (json != null) {
            console.answer(json.endArray().put("count", rows[0]).put("index", stateIndex).endObject().toString());
        }
        print(lines);
    }

    void digest(final boolean all) {
        final StorageEngine.Digest digest = node.digest(all);
        final String value = String.format("%016x", digest.value());
        console.answer(format.json() ? new Json().object().put("index", digest.index()).put("digest", value).endObject().toString() :
            "index=" + digest.index() + " digest=" + value);
    }

    private byte[] read(final String text) {
        final byte[] given = text.getBytes(StandardCharsets.UTF_8);
        if (!format.escaped()) {
            return given;
        }
        try {
            return Escapes.read(given, 0, given.length);
        } catch (final IllegalArgumentException ex) {
            throw new CliFailure(ex.getMessage());
        }
    }

    private UnsafeBuffer key(final String text) {
        final byte[] key = read(text);
        final int problem = KvLimits.ofKey(key.length);
        if (problem != ApplyStatus.OK) {
            throw new KeyValueException(problem);
        }
        return new UnsafeBuffer(key);
    }

    private void append(final ByteArrayOutputStream target, final byte[] field) {
        if (format.escaped()) {
            Escapes.write(field, 0, field.length, target);
        } else {
            target.write(field, 0, field.length);
        }
    }

    private static void putBytes(final Json json, final String name, final byte[] value) {
        json.put(name, Escapes.isUtf8(value) ? new String(value, StandardCharsets.UTF_8) : null);
        if (!Escapes.isUtf8(value)) {
            json.put(name + "Escaped", Escapes.text(value));
        }
    }

    private void print(final ByteArrayOutputStream lines) {
        try {
            lines.writeTo(console.bytes());
            console.bytes().flush();
            lines.reset();
        } catch (final IOException ex) {
            throw new UncheckedIOException(ex);
        }
    }

    private void call(final AsyncKeyValue client, final LongSupplier request) {
        final long deadlineNs = System.nanoTime() + node.timeoutNs();
        answered = false;
        long correlationId = request.getAsLong();
        while (correlationId == ReplyStatus.BACK_PRESSURED || correlationId == ReplyStatus.NOT_LEADER) {
            await(client, deadlineNs, "the engine is busy, nothing was done; try again, or raise --timeout");
            correlationId = request.getAsLong();
        }
        if (correlationId < 0) {
            refuse((int)correlationId);
        }
        while (!answered) {
            await(client, deadlineNs, "no answer in time, the outcome is unknown; look before trying again, or raise --timeout");
        }
        if (status == ReplyStatus.NOT_LEADER || status == ReplyStatus.BACK_PRESSURED) {
            call(client, request);
        } else if (status < 0) {
            refuse(status);
        }
    }

    private void refuse(final int problem) {
        throw problem == ReplyStatus.CLOSED ? new CliFailure(node.reasonOfEnd()) : new KeyValueException(problem);
    }

    private void await(final AsyncKeyValue client, final long deadlineNs, final String late) {
        if (client.poll(this, 1) > 0) {
            node.busy();
            return;
        }
        if (!node.isServing()) {
            throw new CliFailure(node.reasonOfEnd());
        }
        if (System.nanoTime() - deadlineNs > 0) {
            throw new CliFailure(late);
        }
        node.idle();
    }

    @Override
    public void onReply(
        final long correlationId, final int replyStatus, final long replyIndex, final DirectBuffer buffer, final int offset, final int length) {
        answered = true;
        status = replyStatus;
        index = replyIndex;
        body = new byte[length];
        buffer.getBytes(offset, body);
    }
}
