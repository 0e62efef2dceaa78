namespace Serverless.GpuWorker.Calibration;

/// <summary>What a calibration has seen.</summary>
/// <param name="Tokens">Tokens that were run.</param>
/// <param name="Largest">The largest magnitudes of keys and values, one pair a layer.</param>
internal sealed record CalibrationResult(int Tokens, IReadOnlyList<(float Keys, float Values)> Largest);
