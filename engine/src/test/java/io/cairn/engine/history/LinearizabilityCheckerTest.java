package io.cairn.engine.history;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SplittableRandom;

import io.cairn.engine.history.Operation.Kind;
import io.cairn.engine.history.Operation.Outcome;
import io.cairn.engine.history.Verdict.Answer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class LinearizabilityCheckerTest {
    private static final int LARGE = 100_000;

    private final List<Operation> history = new ArrayList<>();

    private Operation add(
        final Kind kind, final String expected, final String value, final String result, final Boolean success, final long start, final long end) {
        final Operation operation = new Operation(history.size(), kind, "k", expected, value, Kind.INCR == kind ? 1 : 0, start, end,
            end < 0 ? Outcome.UNKNOWN : Outcome.OK, result, success);
        history.add(operation);
        return operation;
    }

    private Operation put(final String value, final long start, final long end) {
        return add(Kind.PUT, null, value, null, null, start, end);
    }

    private Operation get(final String result, final long start, final long end) {
        return add(Kind.GET, null, null, result, null, start, end);
    }

    private Operation cas(final String expected, final String value, final boolean success, final long start, final long end) {
        return add(Kind.CAS, expected, value, null, success, start, end);
    }

    private Operation delete(final Boolean success, final long start, final long end) {
        return add(Kind.DELETE, null, null, null, success, start, end);
    }

    private Operation incr(final String result, final long start, final long end) {
        return add(Kind.INCR, null, null, result, null, start, end);
    }

    private Verdict check() {
        return new LinearizabilityChecker(LinearizabilityChecker.BUDGET_DEFAULT).check(history);
    }

    private void assertGood() {
        final Verdict verdict = check();
        assertEquals(Answer.LINEARIZABLE, verdict.answer());
        assertNull(verdict.violation());
    }

    private void assertBadAt(final Operation operation) {
        final Verdict verdict = check();
        assertEquals(Answer.NOT_LINEARIZABLE, verdict.answer());
        assertEquals(operation, verdict.violation().operation());
    }

    @Test
    void shouldAcceptNothing() {
        assertGood();
    }

    @Test
    void shouldReadAbsentBeforeAnythingIsWritten() {
        get(null, 0, 1);
        put("a", 2, 3);
        get("a", 4, 5);
        assertGood();
    }

    @Test
    void shouldRefuseAValueThatNobodyWrote() {
        put("a", 0, 1);
        assertBadAt(get("b", 2, 3));
    }

    @Test
    void shouldRefuseAStaleRead() {
        put("a", 0, 1);
        put("b", 2, 3);
        assertBadAt(get("a", 4, 5));
    }

    @Test
    void shouldAcceptEitherValueWhileBothAreWritten() {
        put("a", 0, 10);
        put("b", 1, 9);
        get("a", 2, 3);
        get("b", 4, 5);
        assertGood();
    }

    @Test
    void shouldRefuseReadsThatGoBack() {
        put("a", 0, 1);
        put("b", 2, 20);
        get("b", 3, 4);
        assertBadAt(get("a", 5, 6));
    }

    @Test
    void shouldRefuseReadsThatSeeTwoWritesInBothOrders() {
        put("a", 0, 3);
        put("b", 1, 4);
        get("a", 5, 6);
        assertBadAt(get("b", 7, 8));
    }

    @Test
    void shouldCountACallAtTheTimeOfAnAnswerAsConcurrent() {
        put("a", 0, 5);
        get(null, 5, 6);
        assertGood();
    }

    @Test
    void shouldLetAnUnknownWriteTakeEffectLateOrNever() {
        put("a", 0, 1);
        put("b", 2, -1);
        get("a", 10, 11);
        get("a", 12, 13);
        get("b", 14, 15);
        assertGood();
        assertBadAt(get("a", 16, 17));
    }

    @Test
    void shouldLetAnUnknownWriteTakeEffectOnlyOnce() {
        incr("1", 0, 1);
        incr(null, 2, -1);
        get("2", 3, 4);
        assertGood();
        assertBadAt(get("3", 5, 6));
    }

    @Test
    void shouldSayNothingAboutRefusedOperations() {
        put("a", 0, 1);
        history.add(new Operation(9, Kind.PUT, "k", null, "b", 0, 2, 3, Outcome.REFUSED, null, null));
        get("a", 4, 5);
        assertGood();
        assertBadAt(get("b", 6, 7));
    }

    @Test
    void shouldJudgeCompareAndSet() {
        cas(null, "a", true, 0, 1);
        cas("a", "b", true, 2, 5);
        cas("a", "c", false, 3, 6);
        get("b", 7, 8);
        assertGood();
        assertBadAt(cas("b", "d", false, 9, 10));
    }

    @Test
    void shouldRefuseTwoCompareAndSetsThatBothMatched() {
        put("a", 0, 1);
        cas("a", "b", true, 2, 5);
        assertBadAt(cas("a", "c", true, 3, 6));
    }

    @Test
    void shouldJudgeDelete() {
        delete(false, 0, 1);
        put("a", 2, 3);
        delete(true, 4, 5);
        delete(null, 6, 7);
        assertGood();
        assertBadAt(delete(true, 8, 9));
    }

    @Test
    void shouldRefuseALostIncrement() {
        incr("1", 0, 5);
        assertBadAt(incr("1", 1, 6));
    }

    @Test
    void shouldNeverIncrementWhatIsNoNumber() {
        put("a", 0, 1);
        incr(null, 2, -1);
        get("a", 3, 4);
        assertGood();
        assertBadAt(incr("1", 5, 6));
    }

    @Test
    void shouldNameWhatIsInvolved() {
        put("x", 0, 1);
        put("a", 2, 3);
        final Operation b = put("b", 4, 20);
        get("b", 6, 7);
        final Operation bad = get("x", 8, 9);
        put("c", 30, 31);
        final Verdict.Violation violation = check().violation();
        assertEquals(bad, violation.operation());
        assertEquals(5, violation.prefixOperations());
        assertEquals(6, violation.keyOperations());
        assertEquals(List.of(b), violation.concurrent());
        assertEquals(List.of("b"), violation.possible());
        assertTrue(violation.writers().stream().allMatch(one -> "b".equals(one.value())), violation.writers().toString());
        assertTrue(violation.isSmallest());
        assertEquals("process 4: get k gave x, from 8 to 9", bad.describe());
    }

    @Test
    void shouldReportTheEarliestViolationOfAllKeys() {
        put("a", 0, 1);
        get("b", 8, 9);
        final Operation earlier = new Operation(7, Kind.GET, "z", null, null, 0, 2, 3, Outcome.OK, "w", null);
        history.add(earlier);
        final Verdict verdict = check();
        assertEquals(earlier, verdict.violation().operation());
        assertEquals(2, verdict.keys());
    }

    @Test
    void shouldSayThatItDoesNotKnowWhenTheBudgetIsOver() {
        for (int i = 0; i < 12; i++) {
            put("v" + i, i, 100 + i);
        }
        get("nobody", 200, 201);
        final Verdict verdict = new LinearizabilityChecker(100).check(history);
        assertEquals(Answer.UNDECIDED, verdict.answer());
        assertEquals(List.of("k"), verdict.undecided());
        assertEquals(Answer.NOT_LINEARIZABLE, new LinearizabilityChecker(10_000_000).check(history).answer());
    }

    @Test
    void shouldStayWithinItsBudgetWithManyUnknownWrites() {
        for (int i = 0; i < 500; i++) {
            put("u" + i, i, -1);
            add(Kind.INCR, null, null, null, null, i, -1);
        }
        for (int i = 0; i < 2_000; i++) {
            put("v" + i, 1_000 + 10 * i, 1_005 + 10 * i);
            get("v" + i, 1_006 + 10 * i, 1_008 + 10 * i);
        }
        assertGood();
        final Operation bad = get("nobody", 50_000, 50_001);
        assertBadAt(bad);
    }

    @ParameterizedTest
    @ValueSource(strings = {"end", "value", "success", "result"})
    void shouldRefuseOperationsThatSayTooLittle(final String what) {
        assertThrows(IllegalArgumentException.class, () -> {
            switch (what) {
                case "end" -> new Operation(0, Kind.GET, "k", null, null, 0, 5, 4, Outcome.OK, null, null);
                case "value" -> new Operation(0, Kind.PUT, "k", null, null, 0, 5, 6, Outcome.OK, null, null);
                case "success" -> new Operation(0, Kind.CAS, "k", null, "v", 0, 5, 6, Outcome.OK, null, null);
                default -> new Operation(0, Kind.INCR, "k", null, null, 1, 5, 6, Outcome.OK, "one", null);
            }
        });
    }

    /** Every order is tried for some thousands of short histories, most of them with one answer changed: verdict and smallest prefix must agree. */
    @Test
    void shouldAgreeWithEveryOrderOfShortHistories() {
        int bad = 0;
        for (long seed = 0; seed < 20_000; seed++) {
            final SplittableRandom random = new SplittableRandom(seed);
            final SimulatedRegisters registers =
                new SimulatedRegisters(seed, 1 + random.nextInt(4), 1, random.nextInt(3) * 0.15, 0 == random.nextInt(3));
            final List<Operation> drawn = registers.history(1 + random.nextInt(7));
            if (random.nextInt(4) > 0) {
                mutate(drawn, random);
            }
            Collections.shuffle(drawn, new Random(seed));
            final Verdict verdict = new LinearizabilityChecker(1_000_000).check(drawn);
            final List<Operation> explained = BruteForce.explained(drawn);
            final long answers = drawn.stream().filter(one -> Outcome.OK == one.outcome()).count();
            assertEquals(explained.size() < answers, Answer.NOT_LINEARIZABLE == verdict.answer(), () -> "seed " + drawn);
            assertTrue(Answer.UNDECIDED != verdict.answer());
            if (explained.size() < answers) {
                bad++;
                final long explainedFirst = drawn.stream()
                    .filter(one -> Outcome.OK == one.outcome() && one.end() < verdict.violation().operation().end()).count();
                assertEquals(explained.size(), explainedFirst, "seed " + seed);
            }
        }
        assertTrue(bad > 3_000 && bad < 17_000, bad + " of them are bad");
    }

    private static void mutate(final List<Operation> drawn, final SplittableRandom random) {
        final int at = random.nextInt(drawn.size());
        final Operation it = drawn.get(at);
        if (Outcome.OK != it.outcome()) {
            return;
        }
        String result = it.result();
        Boolean success = it.success();
        switch (it.kind()) {
            case GET -> result = 0 == random.nextInt(4) ? null : "v" + (1 + random.nextInt(drawn.size()));
            case INCR -> result = Long.toString(Long.parseLong(it.result()) + random.nextInt(3) - 1);
            case CAS, DELETE -> success = null == success ? null : !success;
            default -> { }
        }
        drawn.set(at, new Operation(it.process(), it.kind(), it.key(), it.expected(), it.value(), it.delta(), it.start(), it.end(), it.outcome(),
            result, success));
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void shouldAcceptLargeHistoriesOfManyKeys(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 16, 50, 0.01, false).history(LARGE));
        assertGood();
    }

    @ParameterizedTest
    @ValueSource(longs = {4, 5})
    void shouldAcceptALargeHistoryOfOneKey(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 8, 1, 0.0002, false).history(LARGE));
        assertGood();
    }

    @ParameterizedTest
    @ValueSource(longs = {6, 7})
    void shouldAcceptALargeHistoryOfCounters(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 12, 4, 0.0005, true).history(LARGE));
        assertGood();
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void shouldFindOneValueThatNobodyWroteInALargeHistory(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 16, 50, 0.01, false).history(LARGE));
        final Operation bad = replaceRead(LARGE / 2 + 17 * (int)seed, "nobody");
        assertBadAt(bad);
    }

    @ParameterizedTest
    @ValueSource(longs = {14, 15, 16})
    void shouldFindOneStaleReadInALargeHistory(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 16, 50, 0.0, false).history(LARGE));
        final Operation read = readAfter(LARGE / 3);
        // The value of a put that was answered, before another put that was answered, before the read began: whatever the order, it is gone.
        final Map<String, Operation> lastPut = new HashMap<>();
        String stale = null;
        for (final Operation one : history.stream().sorted(java.util.Comparator.comparingLong(Operation::start)).toList()) {
            if (Kind.PUT == one.kind() && one.key().equals(read.key()) && one.end() < read.start()) {
                final Operation before = lastPut.get("put");
                if (null == before || before.end() < one.start()) {
                    stale = null == before ? stale : before.value();
                    lastPut.put("put", one);
                }
            }
        }
        assertNotNull(stale);
        assertBadAt(replaceRead(history.indexOf(read), stale));
    }

    @ParameterizedTest
    @ValueSource(longs = {17, 18, 19})
    void shouldFindOneLostIncrementInALargeHistory(final long seed) {
        history.addAll(new SimulatedRegisters(seed, 12, 4, 0.0, true).history(LARGE));
        int at = LARGE / 2;
        while (Kind.INCR != history.get(at).kind()) {
            at++;
        }
        final Operation it = history.get(at);
        history.set(at, new Operation(it.process(), it.kind(), it.key(), null, null, it.delta(), it.start(), it.end(), it.outcome(),
            Long.toString(Long.parseLong(it.result()) - it.delta()), null));
        final Verdict verdict = check();
        assertEquals(Answer.NOT_LINEARIZABLE, verdict.answer());
        assertEquals(it.key(), verdict.violation().key());
        assertTrue(Math.abs(verdict.violation().operation().end() - it.end()) < 1_000_000, verdict.violation().toString());
    }

    private Operation readAfter(final int from) {
        int at = from;
        while (Kind.GET != history.get(at).kind() || Outcome.OK != history.get(at).outcome()) {
            at++;
        }
        return history.get(at);
    }

    private Operation replaceRead(final int from, final String result) {
        final Operation it = readAfter(from);
        final Operation bad =
            new Operation(it.process(), it.kind(), it.key(), null, null, 0, it.start(), it.end(), it.outcome(), result, null);
        history.set(history.indexOf(it), bad);
        return bad;
    }
}
