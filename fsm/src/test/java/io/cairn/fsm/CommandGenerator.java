package io.cairn.fsm;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.agrona.concurrent.UnsafeBuffer;

import static java.nio.charset.StandardCharsets.US_ASCII;

/**
 * Random commands and queries over few keys, so that they meet: some keys share long prefixes, some values fill several pages, many expire.
 */
final class CommandGenerator {
    private static final int COMMAND_BYTES = 256 * 1024;

    private final Random random;
    private final KeyValueCommands commands = new KeyValueCommands();
    private final KeyValueBatch batch = new KeyValueBatch();
    private final UnsafeBuffer target = MachineFixture.buffer(COMMAND_BYTES);
    private final List<UnsafeBuffer> keys = new ArrayList<>();
    private final Bytes key = new Bytes();
    private final Bytes value = new Bytes();
    private final Bytes expected = new Bytes();
    private final ScanRange range = new ScanRange();
    private final int valueBytesMax;
    private final int tableIdMax;
    private final boolean withExpiry;

    CommandGenerator(final Random random, final int keyCount, final int keyBytesMax, final int valueBytesMax, final int tableIdMax) {
        this.random = random;
        this.valueBytesMax = valueBytesMax;
        this.tableIdMax = tableIdMax;
        this.withExpiry = random.nextInt(4) != 0;
        for (int i = 0; i < keyCount; i++) {
            keys.add(newKey(keyBytesMax));
        }
    }

    UnsafeBuffer buffer() {
        return target;
    }

    /** Encodes a command into {@link #buffer()}; its length. */
    int nextCommand() {
        final int kind = random.nextInt(100);
        pickKey();
        if (kind < 40) {
            pickValue();
            return commands.encodePut(
                target, 0, tableId(), key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length(), ttlMs());
        } else if (kind < 55) {
            return commands.encodeDelete(target, 0, tableId(), key.buffer(), key.offset(), key.length());
        } else if (kind < 65) {
            return commands.encodeIncrement(target, 0, tableId(), key.buffer(), key.offset(), key.length(), delta());
        } else if (kind < 73) {
            pickValue();
            expected.wrap(value.buffer(), value.offset(), value.length());
            pickValue();
            return commands.encodeCompareAndSet(target, 0, tableId(), key, expected, value, ttlMs());
        } else if (kind < 81) {
            pickValue();
            return commands.encodePutIfAbsent(
                target, 0, tableId(), key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length(), ttlMs());
        } else if (kind < 95) {
            return nextBatch();
        } else if (kind < 98) {
            return nextDeleteRange();
        }
        return nextTable();
    }

    /** Encodes a query into {@link #buffer()}; its length. */
    int nextQuery() {
        pickKey();
        final int kind = random.nextInt(10);
        if (kind < 6) {
            return commands.encodeGet(target, 0, tableId(), key.buffer(), key.offset(), key.length());
        } else if (kind < 9) {
            return commands.encodeScan(target, 0, tableId(), nextRange());
        }
        final byte[] name = tableName();
        return commands.encodeTableByName(target, 0, new UnsafeBuffer(name), 0, name.length);
    }

    ScanRange nextRange() {
        range.clear().reverse(random.nextBoolean());
        if (random.nextInt(3) == 0) {
            range.from().wrap(pickKey());
        }
        if (random.nextInt(3) == 0) {
            range.to().wrap(pickKey());
        }
        if (random.nextInt(3) == 0) {
            pickKey();
            range.prefix().wrap(key.buffer(), key.offset(), Math.min(key.length(), 1 + random.nextInt(6)));
        }
        if (random.nextInt(3) == 0) {
            range.startAfter().wrap(pickKey());
        }
        if (random.nextBoolean()) {
            range.rowsMax(random.nextInt(20));
        }
        if (random.nextInt(4) == 0) {
            range.bytesMax(random.nextInt(2_000));
        }
        return range;
    }

    private UnsafeBuffer newKey(final int keyBytesMax) {
        final int shape = random.nextInt(4);
        final byte[] bytes = new byte[shape == 0 ? keyBytesMax - random.nextInt(3) : 1 + random.nextInt(Math.min(24, keyBytesMax))];
        random.nextBytes(bytes);
        if (shape < 2) {
            for (int i = 0; i < bytes.length - 2; i++) {
                bytes[i] = (byte) (shape == 0 ? 'k' : 0xFF);
            }
        }
        return new UnsafeBuffer(bytes);
    }

    private Bytes pickKey() {
        final UnsafeBuffer picked = keys.get(random.nextInt(keys.size()));
        return key.wrap(picked, 0, picked.capacity());
    }

    /** Values of few shapes, so that compare-and-set meets its expectation now and then. */
    private void pickValue() {
        final int shape = random.nextInt(12);
        final byte[] bytes;
        if (shape < 5) {
            bytes = Integer.toString(random.nextInt(3)).getBytes(US_ASCII);
        } else if (shape == 5) {
            bytes = Long.toString(random.nextBoolean() ? Long.MAX_VALUE : Long.MIN_VALUE).getBytes(US_ASCII);
        } else if (shape == 6) {
            bytes = new byte[0];
        } else if (shape == 7) {
            bytes = new byte[random.nextInt(valueBytesMax)];
            random.nextBytes(bytes);
        } else {
            bytes = new byte[random.nextInt(64)];
            random.nextBytes(bytes);
        }
        value.wrap(new UnsafeBuffer(bytes), 0, bytes.length);
    }

    private int nextBatch() {
        batch.begin(target, 0);
        for (int i = random.nextInt(3); i > 0; i--) {
            pickKey();
            pickValue();
            switch (random.nextInt(4)) {
                case 0 -> batch.ifAbsent(tableId(), key.buffer(), key.offset(), key.length());
                case 1 -> batch.ifPresent(tableId(), key.buffer(), key.offset(), key.length());
                case 2 -> batch.ifEqual(
                    tableId(), key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length());
                default -> batch.ifNotEqual(
                    tableId(), key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length());
            }
        }
        for (int i = random.nextInt(6); i > 0; i--) {
            pickKey();
            pickValue();
            if (random.nextInt(3) == 0) {
                batch.delete(tableId(), key.buffer(), key.offset(), key.length());
            } else {
                batch.put(
                    tableId(), key.buffer(), key.offset(), key.length(), value.buffer(), value.offset(), value.length(), ttlMs());
            }
        }
        return batch.length();
    }

    private int nextDeleteRange() {
        pickKey();
        final Bytes from = new Bytes().wrap(key);
        pickKey();
        final int fromLength = random.nextInt(8) == 0 ? 0 : from.length();
        final int toLength = random.nextInt(8) == 0 ? 0 : key.length();
        return commands.encodeDeleteRange(
            target, 0, tableId(), from.buffer(), from.offset(), fromLength, key.buffer(), key.offset(), toLength, random.nextInt(8));
    }

    private int nextTable() {
        final byte[] name = tableName();
        return random.nextInt(3) == 0
            ? commands.encodeDropTable(target, 0, new UnsafeBuffer(name), 0, name.length)
            : commands.encodeCreateTable(target, 0, new UnsafeBuffer(name), 0, name.length);
    }

    private byte[] tableName() {
        final String name = random.nextInt(8) == 0 ? KeyValueStateMachine.DEFAULT_TABLE_NAME : "table-" + random.nextInt(3);
        return name.getBytes(US_ASCII);
    }

    private int tableId() {
        return random.nextInt(3) != 0 ? 0 : 3 + random.nextInt(tableIdMax);
    }

    private long ttlMs() {
        if (!withExpiry || random.nextBoolean()) {
            return 0;
        }
        return random.nextInt(50) == 0 ? Long.MAX_VALUE : 1 + random.nextInt(500);
    }

    private long delta() {
        return switch (random.nextInt(8)) {
            case 0 -> Long.MAX_VALUE;
            case 1 -> Long.MIN_VALUE;
            default -> random.nextInt(10) - 5;
        };
    }
}
