package io.cairn.fsm.page;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Millions of changes against a model, with pages so small that every few of them split or merge.
 * {@code -Dcairn.property.seeds=N} runs more seeds, and {@code -Dcairn.property.seed=S} begins with another one.
 */
class BTreePropertyTest
{
    private static final int SEEDS = Integer.getInteger("cairn.property.seeds", 2);
    private static final long FIRST_SEED = Long.getLong("cairn.property.seed", 1);
    private static final int OPERATIONS = 400_000;

    @ParameterizedTest
    @ValueSource(ints = {256, 512, 4096})
    void shouldEqualModelWhenChangedFrozenPinnedAndRestored(final int pageSize)
    {
        for (long seed = FIRST_SEED; seed < FIRST_SEED + SEEDS; seed++)
        {
            final TreeModel model = new TreeModel(seed * 31 + pageSize, pageSize);
            try
            {
                model.run(OPERATIONS);
                model.close();
            }
            catch (final RuntimeException | AssertionError failure)
            {
                throw new AssertionError("seed " + seed + ", page size " + pageSize, failure);
            }
        }
    }
}
