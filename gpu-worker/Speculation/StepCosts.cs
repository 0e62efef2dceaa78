namespace Serverless.GpuWorker.Speculation;

/// <summary>How long a step takes by its rows (tokens), as measured on the machine.</summary>
internal sealed class StepCosts
{
    private readonly double[] _seconds;
    private readonly bool[] _isMeasured;

    /// <param name="measured">Rows and seconds, over 0, in ascending order of rows; the first is of one row.</param>
    public StepCosts(IReadOnlyList<(int Rows, double Seconds)> measured)
    {
        if (measured.Count == 0 || measured[0].Rows != 1 || measured.Any(size => size.Seconds is not (> 0 and < double.PositiveInfinity)))
            throw new ArgumentException("A curve begins with a step of one row, and each step takes a time over 0.", nameof(measured));

        MostRows = measured[^1].Rows;
        _seconds = new double[MostRows + 1];
        _isMeasured = new bool[MostRows + 1];
        for (int i = 0; i < measured.Count; i++)
        {
            var (rows, seconds) = measured[i];
            _isMeasured[rows] = true;
            _seconds[rows] = seconds;
            for (int between = i == 0 ? rows : measured[i - 1].Rows + 1; between < rows; between++)
            {
                double share = (double)(between - measured[i - 1].Rows) / (rows - measured[i - 1].Rows);
                _seconds[between] = double.Lerp(measured[i - 1].Seconds, seconds, share);
            }
        }
    }

    /// <summary>The largest step that was measured.</summary>
    public int MostRows { get; }

    /// <summary>Whether a step of so many rows was measured itself.</summary>
    public bool IsMeasured(int rows) => rows <= MostRows && _isMeasured[rows];

    /// <summary>Seconds of a step. Between measured ones along a line; beyond the largest each row costs what its rows do.</summary>
    /// <param name="rows">1 or more.</param>
    public double Of(int rows) => rows <= MostRows ? _seconds[rows] : _seconds[MostRows] * rows / MostRows;

    /// <summary>The rate at which each of <paramref name="drafts"/> drafted tokens of one sequence, which decodes alone, must come for drafting to be as fast as decoding; over 1 where it never is.</summary>
    public double BreakEven(int drafts)
    {
        double wanted = Of(drafts + 1) / Of(1), low = 0, high = 1;
        if (wanted > drafts + 1)
            return double.PositiveInfinity;

        while (high - low > 1e-4)
        {
            double rate = (low + high) / 2, tokens = 0;
            for (int i = drafts; i >= 0; i--)
                tokens = 1 + (i == drafts ? 0 : rate * tokens);

            (low, high) = tokens < wanted ? (rate, high) : (low, rate);
        }
        return high;
    }
}
