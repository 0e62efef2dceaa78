using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Calibration;

/// <summary>What a calibration has seen.</summary>
/// <param name="Tokens">Tokens that were run.</param>
/// <param name="Ranges">Of each layer's keys and values.</param>
internal sealed record CalibrationResult(int Tokens, IReadOnlyList<CacheRanges> Ranges);
