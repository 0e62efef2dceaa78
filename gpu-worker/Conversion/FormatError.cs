namespace Serverless.GpuWorker.Conversion;

/// <param name="Matrices">How many have the format and lost something.</param>
/// <param name="RelativeRms">Root mean square of the error relative to that of the weights.</param>
internal sealed record FormatError(string Format, int Matrices, double RelativeRms);
