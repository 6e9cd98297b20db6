package io.cairn.engine.sim;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.util.List;

import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

/**
 * Does the simulator find what it is for?
 */
final class DefectsTest {
    private final Defects defects = new Defects(Defects.findRoot());

    static List<Defect> all() {
        return Defect.all();
    }

    @Test
    void shouldFindTheTextOfEachDefectInTheProduct() throws IOException {
        for (final Defect defect : all()) {
            assertNotEquals(0, defects.mutated(defect).length());
        }
    }

    @Tag("soak")
    @ParameterizedTest
    @MethodSource("all")
    void shouldBeCaught(final Defect defect) throws IOException, ReflectiveOperationException {
        assertNotNull(defects.hunt(defect, defect.seedsMax()), defect.name() + " was not caught by " + defect.seedsMax() + " seeds");
    }
}
