using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;

namespace Serverless.GpuWorker.Execution;

/// <summary>A BERT cross-encoder's ONNX model as it comes, ready to score pairs of a query (segment 0) and a document (segment 1). Called from one thread at a time.</summary>
internal sealed class CrossEncoderSession : IEncoderSession, IDisposable
{
    private readonly PaddedBert _model;

    private CrossEncoderSession(PaddedBert model) => _model = model;

    /// <inheritdoc/>
    public int Dimensions => 1;

    /// <summary>Most tokens of a pair.</summary>
    public int MaxTokens => _model.MaxTokens;

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static CrossEncoderSession Load(RerankerFolder folder, int threads = 0, EngineDevice device = EngineDevice.Cpu) =>
        new(PaddedBert.Load(folder, BertOutput.Logits, threads, device));

    /// <summary>One logit a pair.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths or segments are out of range.</exception>
    /// <exception cref="InvalidDataException">The model gives another number of logits, or one that is no number.</exception>
    public float[][] Encode(int[][] ids, int[][] marks)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (marks[i].Length != ids[i].Length || marks[i].Any(segment => segment is not (0 or 1))) throw new ArgumentException("A pair's segments must be 0 or 1, as many as its tokens.", nameof(marks));
        }

        var logits = new float[ids.Length][];
        _model.Run(ids, marks, (pair, output) => logits[pair] = output.Length == 1 && float.IsFinite(output[0]) ? [output[0]] : throw new InvalidDataException("The model does not give one number for a pair."));
        return logits;
    }

    public void Dispose() => _model.Dispose();
}
