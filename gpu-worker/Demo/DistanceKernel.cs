namespace Serverless.GpuWorker.Demo;

/// <summary>
/// An attention logit that depends on distance only: sum over the fast RoPE pairs of C_i cos(w_i d) + S_i sin(w_i d), with
/// d = query position - key position and w_i = 10^(-i/4) (RoPE with base 1e16 and 64 pairs).
/// </summary>
internal sealed record DistanceKernel(double[] C, double[] S)
{
    public const int Pairs = 15;
    private const int FittedDistances = 2048;
    private const double Ridge = 0.1;

    public static double Frequency(int pair) => Math.Pow(10, -pair / 4.0);

    /// <summary>A peak at distance <paramref name="offset"/>: the cosines of d - offset, all in phase there.</summary>
    public static DistanceKernel Peak(int offset, double height) => new(
        [.. Enumerable.Range(0, Pairs).Select(i => height * Math.Cos(Frequency(i) * offset))],
        [.. Enumerable.Range(0, Pairs).Select(i => height * Math.Sin(Frequency(i) * offset))]);

    /// <summary>
    /// Ridge least squares over distances 0 to 2047, up to a constant, which softmax ignores.
    /// </summary>
    /// <param name="target">The wanted logit at a distance.</param>
    /// <param name="withDifferences">Also fit the steps from each distance to the next, so that near neighbours are told apart.</param>
    public static DistanceKernel Fit(Func<int, double> target, bool withDifferences)
    {
        const int unknowns = 2 * Pairs + 1;
        var normal = new double[unknowns, unknowns + 1];
        var previous = new double[unknowns];
        var row = new double[unknowns];
        var difference = new double[unknowns];
        for (var d = 0; d < FittedDistances; d++)
        {
            for (var i = 0; i < Pairs; i++) (row[i], row[Pairs + i]) = (Math.Cos(Frequency(i) * d), Math.Sin(Frequency(i) * d));
            row[^1] = 1;
            Accumulate(normal, row, target(d));
            if (withDifferences && d > 0)
            {
                for (var i = 0; i < unknowns; i++) difference[i] = row[i] - previous[i];
                Accumulate(normal, difference, target(d) - target(d - 1));
            }

            row.CopyTo(previous, 0);
        }

        for (var i = 0; i < unknowns - 1; i++) normal[i, i] += Ridge;
        var solution = Solve(normal);
        return new DistanceKernel(solution[..Pairs], solution[Pairs..(2 * Pairs)]);
    }

    public double At(int distance)
    {
        var sum = 0.0;
        for (var i = 0; i < Pairs; i++) sum += C[i] * Math.Cos(Frequency(i) * distance) + S[i] * Math.Sin(Frequency(i) * distance);
        return sum;
    }

    private static void Accumulate(double[,] normal, double[] row, double target)
    {
        for (var i = 0; i < row.Length; i++)
        {
            for (var j = 0; j < row.Length; j++) normal[i, j] += row[i] * row[j];
            normal[i, row.Length] += row[i] * target;
        }
    }

    /// <summary>Gaussian elimination with row pivoting of the system whose last column is the right side.</summary>
    private static double[] Solve(double[,] system)
    {
        var n = system.GetLength(0);
        for (var column = 0; column < n; column++)
        {
            var pivot = column;
            for (var i = column + 1; i < n; i++)
            {
                if (Math.Abs(system[i, column]) > Math.Abs(system[pivot, column])) pivot = i;
            }

            for (var j = 0; j <= n; j++) (system[column, j], system[pivot, j]) = (system[pivot, j], system[column, j]);
            for (var i = 0; i < n; i++)
            {
                if (i == column) continue;
                var factor = system[i, column] / system[column, column];
                for (var j = column; j <= n; j++) system[i, j] -= factor * system[column, j];
            }
        }

        var solution = new double[n];
        for (var i = 0; i < n; i++) solution[i] = system[i, n] / system[i, i];
        return solution;
    }
}
