using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Conversion;

/// <summary>What is to be converted, and into what.</summary>
/// <param name="Source">A Hugging Face folder.</param>
/// <param name="Output">The folder to make; it appears under this name when it is complete.</param>
internal sealed record ConversionRequest(string Source, string Output, WeightFormatMix Formats, int Ranks = 1)
{
    /// <summary>Where the conversion is until it is complete.</summary>
    public string WorkFolder => Path.Combine(Path.GetDirectoryName(Path.GetFullPath(Output))!, $".{Path.GetFileName(Path.GetFullPath(Output))}.partial");
}
