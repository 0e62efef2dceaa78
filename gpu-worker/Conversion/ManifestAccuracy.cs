namespace Serverless.GpuWorker.Conversion;

/// <summary>What narrower weights lost against those of the source.</summary>
/// <param name="Formats">Each format's matrices together.</param>
/// <param name="Worst">The matrices that lost most, the worst first.</param>
internal sealed record ManifestAccuracy(IReadOnlyList<FormatError> Formats, IReadOnlyList<TensorError> Worst);
