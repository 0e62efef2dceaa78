namespace Serverless.GpuWorker.Model.Formats;

/// <summary>How far stored weights are from what they were made of: sums of squares, which add up over parts of a matrix.</summary>
internal readonly record struct QuantizationError(double Error, double Norm)
{
    /// <summary>Root mean square of the error relative to that of the weights; 0 where all weights are.</summary>
    public double Relative => Norm > 0 ? Math.Sqrt(Error / Norm) : 0;

    public static QuantizationError operator +(QuantizationError a, QuantizationError b) => new(a.Error + b.Error, a.Norm + b.Norm);
}
