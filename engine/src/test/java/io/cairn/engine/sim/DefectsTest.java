package io.cairn.engine.sim;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

/**
 * Does the simulator find what it is for?
 */
final class DefectsTest {
    private static final Set<String> QUICK = Set.of(
        "commit-what-one-member-holds", "skip-the-consistency-check", "win-with-half-of-the-votes", "take-a-payload-that-changed-on-the-way");

    private final Defects defects = new Defects(Defects.findRoot());

    @Test
    void shouldFindTheTextOfEachDefectInTheProduct() throws IOException {
        for (final Defect defect : Defect.all()) {
            assertNotEquals(0, defects.mutated(defect).length());
        }
    }

    /** Those that a first seed catches; the others take longer than a build should. */
    @Test
    void shouldCatchWhatIsCaughtAtOnce() {
        expectCaught(Defect.all().stream().filter(defect -> QUICK.contains(defect.name())).toList());
    }

    @Tag("soak")
    @Test
    void shouldCatchEachDefectWithinItsNumberOfSeeds() {
        expectCaught(Defect.all());
    }

    private void expectCaught(final List<Defect> hunted) {
        final List<Defects.Caught> caught = Collections.synchronizedList(new ArrayList<>());
        final boolean isEachCaught = defects.hunt(hunted, one -> {
            caught.add(one);
            System.out.println(one);
        });
        assertEquals(hunted.size(), caught.size());
        assertTrue(isEachCaught, () -> caught.stream().filter(one -> !one.isCaught()).toList().toString());
    }
}
