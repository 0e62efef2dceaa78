using Serverless.GpuWorker.Conversion;
using Serverless.GpuWorker.Execution;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Checkpoints;
using Serverless.GpuWorker.Tokenization;

namespace Serverless.GpuWorker.Calibration;

/// <summary>
/// Runs a checkpoint over a text on the CPU, with a float32 cache, and writes the ranges of what it caches. Memory is that of the weights as they are stored, of
/// one prompt's cache and of the tokens. The same checkpoint, text and number of tokens give the same file.
/// </summary>
internal static class Calibrator
{
    /// <param name="progress">Hears how many tokens of how many have been run.</param>
    /// <exception cref="CheckpointException">The folder holds no Llama that can be calibrated, or the output something else than ranges.</exception>
    /// <exception cref="InvalidDataException">The text cannot be used.</exception>
    /// <exception cref="IOException">The output cannot be written, or another calibration is at it.</exception>
    public static CalibrationResult Run(CalibrationRequest request, Action<int, int> progress)
    {
        if (ConvertedFolder.Is(request.Checkpoint))
            throw new CheckpointException("--checkpoint is a converted folder: give the checkpoint that it was made of.");

        if (File.Exists(request.Output) && !CacheRangeFile.Is(request.Output))
            throw new CheckpointException("--output must not name a file that holds anything but ranges of a cache.");

        var config = LlamaConfig.Read(request.Checkpoint);
        var tokenizer = Tokenizer(request.Checkpoint);
        config.CheckTokenizer(tokenizer.VocabularySize);
        var prompts = CalibrationText.Read(request.Text, tokenizer, config.ContextLength, request.Tokens);

        // Taken before the work is done: that it cannot be written is not to be found out after it.
        using var reserved = new FileStream(request.Output + ".lock", FileMode.OpenOrCreate, FileAccess.Write, FileShare.None, 1, FileOptions.DeleteOnClose);
        using var session = LlamaSession.Load(CacheCalibration.Options(request.Checkpoint, prompts.Max(prompt => prompt.Length)));
        var calibration = new CacheCalibration(session);
        int done = 0, total = prompts.Sum(prompt => prompt.Length);
        foreach (int[] prompt in prompts)
            calibration.Add(prompt, tokens => progress(done += tokens, total));

        var ranges = calibration.Ranges();
        CacheRangeFile.Write(request.Output, config, ranges);
        return new CalibrationResult(total, ranges);
    }

    private static SentencePieceTokenizer Tokenizer(string folder)
    {
        try
        {
            return TokenizerFile.Load(folder);
        }
        catch (FileNotFoundException e)
        {
            throw new CheckpointException($"--checkpoint: {e.Message}", e);
        }
        catch (InvalidDataException e)
        {
            throw new CheckpointException($"The tokenizer cannot be used: {e.Message}", e);
        }
    }
}
