package io.cairn.engine.history;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import io.cairn.engine.history.Operation.Kind;
import io.cairn.engine.history.Operation.Outcome;

/**
 * A store that is linearizable by construction: every operation is given its call, its moment and its answer, and takes effect on a plain map in the
 * order of the moments. Some answers are lost, and some of these operations take effect much later, or never.
 */
final class SimulatedRegisters {
    private final SplittableRandom random;
    private final int clients;
    private final int keys;
    private final double unknownShare;
    private final boolean isCounting;
    private int stamp;

    /**
     * @param seed         same seed, same history.
     * @param clients      each has one operation under way at most.
     * @param keys         number of keys.
     * @param unknownShare of the writes, whose answer is lost.
     * @param isCounting   increments of counters only.
     */
    SimulatedRegisters(final long seed, final int clients, final int keys, final double unknownShare, final boolean isCounting) {
        random = new SplittableRandom(seed);
        this.clients = clients;
        this.keys = keys;
        this.unknownShare = unknownShare;
        this.isCounting = isCounting;
    }

    private record Planned(long process, Kind kind, String key, String expected, String value, long delta, long start, long moment, long end) {
    }

    List<Operation> history(final int count) {
        final List<Planned> planned = new ArrayList<>();
        final long[] freeFrom = new long[clients];
        final long[] processes = new long[clients];
        final boolean[] unknown = new boolean[count];
        for (int i = 0; i < count; i++) {
            final int client = random.nextInt(clients);
            final Kind kind = kind();
            final String key = "k" + random.nextInt(keys);
            // Distinct times, so that two judges need not agree on what is equal.
            final long start = freeFrom[client] + 1 + random.nextInt(50) * 1_000L + i;
            final long end = start + 2 + random.nextInt(100) * 1_000L;
            long moment = start + 1 + random.nextLong(end - start - 1);
            unknown[i] = random.nextDouble() < unknownShare;
            if (unknown[i]) {
                moment = random.nextBoolean() ? moment + random.nextLong(1_000_000) : Long.MAX_VALUE;
                processes[client] += clients;
            }
            freeFrom[client] = end;
            final String value = "v" + ++stamp;
            planned.add(new Planned(processes[client] + client, kind, key, "v" + Math.max(1, stamp - 1 - random.nextInt(4 * keys)),
                value, 1 + random.nextInt(3), start, moment, end));
        }
        final List<Integer> order = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            order.add(i);
        }
        order.sort(Comparator.comparingLong(i -> planned.get(i).moment()));
        final Operation[] done = new Operation[count];
        final Map<String, String> map = new HashMap<>();
        for (final int i : order) {
            done[i] = apply(planned.get(i), map, unknown[i]);
        }
        return new ArrayList<>(List.of(done));
    }

    private Kind kind() {
        if (isCounting) {
            return random.nextInt(4) == 0 ? Kind.GET : Kind.INCR;
        }
        final int drawn = random.nextInt(10);
        return drawn < 4 ? Kind.GET : drawn < 7 ? Kind.PUT : drawn < 9 ? Kind.CAS : Kind.DELETE;
    }

    private Operation apply(final Planned it, final Map<String, String> map, final boolean isUnknown) {
        String result = null;
        Boolean success = null;
        if (Long.MAX_VALUE != it.moment()) {
            switch (it.kind()) {
                case GET -> result = map.get(it.key());
                case PUT -> map.put(it.key(), it.value());
                case CAS -> {
                    // Half of them know what is there.
                    final String present = map.get(it.key());
                    return cas(it, map, random.nextBoolean() ? present : it.expected(), present, isUnknown);
                }
                case DELETE -> success = null != map.remove(it.key());
                case INCR -> {
                    result = Long.toString(Long.parseLong(map.getOrDefault(it.key(), "0")) + it.delta());
                    map.put(it.key(), result);
                }
                default -> throw new IllegalStateException();
            }
        }
        return operation(it, it.expected(), isUnknown, result, success);
    }

    private static Operation cas(
        final Planned it, final Map<String, String> map, final String expected, final String present, final boolean isUnknown) {
        final boolean matches = java.util.Objects.equals(expected, present);
        if (matches) {
            map.put(it.key(), it.value());
        }
        return operation(it, expected, isUnknown, null, matches);
    }

    private static Operation operation(
        final Planned it, final String expected, final boolean isUnknown, final String result, final Boolean success) {
        return new Operation(it.process(), it.kind(), it.key(), Kind.CAS == it.kind() ? expected : null,
            Kind.PUT == it.kind() || Kind.CAS == it.kind() ? it.value() : null, Kind.INCR == it.kind() ? it.delta() : 0, it.start(), it.end(),
            isUnknown ? Outcome.UNKNOWN : Outcome.OK, isUnknown ? null : result, isUnknown ? null : success);
    }
}
