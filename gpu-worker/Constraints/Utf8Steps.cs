namespace Serverless.GpuWorker.Constraints;

/// <summary>Well-formed UTF-8 byte by byte (Unicode 16, table 3-7): the state after a byte is what may follow it.</summary>
internal static class Utf8Steps
{
    /// <summary>Between characters.</summary>
    public const int Whole = 0;

    /// <summary>The byte cannot stand here.</summary>
    public const int Broken = -1;

    private const int One = 1, Two = 2, Three = 3, AfterE0 = 4, AfterEd = 5, AfterF0 = 6, AfterF4 = 7;

    public static int Next(int state, byte next) => state switch
    {
        Whole => First(next),
        One => In(next, 0x80, 0xBF, Whole),
        Two => In(next, 0x80, 0xBF, One),
        Three => In(next, 0x80, 0xBF, Two),
        AfterE0 => In(next, 0xA0, 0xBF, One),
        AfterEd => In(next, 0x80, 0x9F, One),
        AfterF0 => In(next, 0x90, 0xBF, Two),
        _ => In(next, 0x80, 0x8F, Two),
    };

    private static int First(byte first) => first switch
    {
        < 0x80 => Whole,
        < 0xC2 => Broken,
        < 0xE0 => One,
        0xE0 => AfterE0,
        0xED => AfterEd,
        < 0xF0 => Two,
        0xF0 => AfterF0,
        < 0xF4 => Three,
        0xF4 => AfterF4,
        _ => Broken,
    };

    private static int In(byte next, byte low, byte high, int then) => next >= low && next <= high ? then : Broken;
}
