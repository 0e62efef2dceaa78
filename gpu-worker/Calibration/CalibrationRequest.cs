namespace Serverless.GpuWorker.Calibration;

/// <summary>What is to be calibrated.</summary>
/// <param name="Checkpoint">A Llama's Hugging Face folder.</param>
/// <param name="Text">A UTF-8 file of text like that which the model will serve.</param>
/// <param name="Tokens">Most tokens of it, <see cref="CalibrationText.LeastTokens"/> or more.</param>
/// <param name="Output">The file of ranges to write.</param>
internal sealed record CalibrationRequest(string Checkpoint, string Text, int Tokens, string Output);
