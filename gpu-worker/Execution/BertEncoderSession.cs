using System.Numerics.Tensors;
using Serverless.GpuWorker.Embedding;
using Serverless.GpuWorker.Execution.Cuda;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Encoders;
using Serverless.GpuWorker.Model.Formats;

namespace Serverless.GpuWorker.Execution;

/// <summary>A BERT encoder's ONNX model, ready to embed texts (<see cref="PaddedBert"/>). Called from one thread at a time.</summary>
internal sealed class BertEncoderSession : IEncoderSession, IDisposable
{
    private readonly PaddedBert _model;

    /// <param name="model">Yields <see cref="BertOutput.HiddenStates"/>; this disposes of it.</param>
    public BertEncoderSession(PaddedBert model) => (_model, Dimensions) = (model, model.OutputShape[2]);

    /// <inheritdoc/>
    public int Dimensions { get; }

    /// <summary>Most tokens of a text.</summary>
    public int MaxTokens => _model.MaxTokens;

    /// <param name="threads">Threads of one operator; 0 means the machine's cores, at most 4.</param>
    /// <param name="format">Float32, which is the model as it comes, or int8 (<see cref="OnnxQuantizer"/>), on the CPU.</param>
    /// <exception cref="CheckpointException">The model cannot be run.</exception>
    /// <exception cref="CudaUnavailableException">CUDA is asked for and libraries are missing.</exception>
    public static BertEncoderSession Load(BertModel model, int threads = 0, EngineDevice device = EngineDevice.Cpu, WeightFormat format = WeightFormat.Float32) =>
        new(PaddedBert.Load(model, BertOutput.HiddenStates, threads, device, format));

    /// <summary>Means of hidden states, not normalised; one vector a text.</summary>
    /// <inheritdoc/>
    /// <exception cref="ArgumentException">Lengths are out of range.</exception>
    public float[][] Encode(int[][] ids, int[][] poolMask)
    {
        for (var i = 0; i < ids.Length; i++)
        {
            if (poolMask[i].Length != ids[i].Length) throw new ArgumentException("A text's pooling mask must be as long as its tokens.", nameof(poolMask));
        }

        var vectors = new float[ids.Length][];
        _model.Run(ids, null, (text, hidden) => vectors[text] = Mean(hidden, poolMask[text]));
        return vectors;
    }

    public void Dispose() => _model.Dispose();

    private float[] Mean(ReadOnlySpan<float> hidden, int[] mask)
    {
        var mean = new float[Dimensions];
        var counted = 0;
        for (var i = 0; i < mask.Length; i++)
        {
            if (mask[i] == 0) continue;
            TensorPrimitives.Add(mean, hidden.Slice(i * Dimensions, Dimensions), mean);
            counted++;
        }

        if (counted > 1) TensorPrimitives.Divide(mean, counted, mean);
        return mean;
    }
}
