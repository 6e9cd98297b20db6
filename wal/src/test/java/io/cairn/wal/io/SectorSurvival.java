package io.cairn.wal.io;

import java.util.SplittableRandom;

/**
 * Which of the un-forced sectors a power loss keeps. Independent coin flips almost never give the telling states (all but one, only the last few, all
 * of one file and none of another), so the way of drawing is itself drawn, for the whole disk or file by file.
 */
final class SectorSurvival
{
    private static final int MODES = 8;

    private final SplittableRandom random;
    private final boolean perFile;
    private int mode;
    private boolean keeping;

    SectorSurvival(final SplittableRandom random)
    {
        this.random = random;
        this.perFile = random.nextBoolean();
        draw();
    }

    void nextFile()
    {
        if (perFile)
        {
            draw();
        }
    }

    boolean survives()
    {
        switch (mode)
        {
            case 0:
                return false;
            case 1:
                return true;
            case 2:
                return random.nextBoolean();
            case 3:
                return random.nextInt(10) == 0;
            case 4:
                return random.nextInt(10) != 0;
            case 5:
                keeping &= random.nextInt(4) != 0;
                return keeping;
            case 6:
                keeping |= random.nextInt(4) == 0;
                return keeping;
            default:
                keeping ^= random.nextInt(3) == 0;
                return keeping;
        }
    }

    private void draw()
    {
        mode = random.nextInt(MODES);
        keeping = mode == 5 || mode == 7 && random.nextBoolean();
    }
}
