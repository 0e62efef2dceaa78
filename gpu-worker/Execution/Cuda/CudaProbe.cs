using Microsoft.ML.OnnxRuntime;
using Serverless.GpuWorker.Model;
using Serverless.GpuWorker.Model.Formats;
using Serverless.GpuWorker.Model.Graphs;
using Serverless.GpuWorker.Model.Weights;

namespace Serverless.GpuWorker.Execution.Cuda;

/// <summary>Finds out, before weights are read, whether the model can run on CUDA here with these settings.</summary>
internal static class CudaProbe
{
    /// <summary>Throws unless libraries, device, kernels and memory are what the model needs.</summary>
    /// <param name="device">The device's number.</param>
    /// <param name="bytes">What the shard's weights and cache take on it.</param>
    /// <param name="join">Makes a group of this rank alone, called with the device at hand; null for a whole model.</param>
    /// <exception cref="CudaUnavailableException">Something is missing.</exception>
    public static void Check(LlamaShard shard, CudaFormat format, int maxSequences, int device, long bytes, TimeProvider time, Func<NcclGroup>? join = null)
    {
        CheckDevices(device + 1);
        try
        {
            CudaRuntime.SetDevice(device);
            if (CudaKernelRules.Check(shard.Whole, format, maxSequences, CudaRuntime.ComputeCapability(device)) is [var first, ..])
                throw new CudaUnavailableException(first);

            long free = FreeMemory.Await(bytes, CudaRuntime.Memory, Thread.Sleep, time);
            if (bytes > free)
                throw new CudaUnavailableException($"Worker:KvCacheMegabytes: weights and cache take {bytes >> 20} MiB and device {device} has {free >> 20} MiB free. Use a smaller cache, a smaller Worker:WeightFormat or more ranks.");
        }
        catch (CudaException e)
        {
            throw Unusable(e);
        }
        TryGraph(shard, format, () => new CudaDevice(device, useGraphs: false), join is null ? null : options => CudaOperators.Register(options, format.ActivationType), join: join);
    }

    /// <summary>Throws unless there is a device for each rank.</summary>
    /// <exception cref="CudaUnavailableException">Libraries or devices are missing.</exception>
    public static void CheckDevices(int ranks)
    {
        Require(CudaLibraries.Missing());
        try
        {
            if (CudaKernelRules.TooFewDevices(ranks, CudaRuntime.DeviceCount()) is { } error)
                throw new CudaUnavailableException(error);
        }
        catch (CudaException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>All bytes of a device's memory.</summary>
    /// <exception cref="CudaUnavailableException">Libraries or the device are missing.</exception>
    public static long TotalMemory(int device)
    {
        CheckDevices(device + 1);
        try
        {
            CudaRuntime.SetDevice(device);
            return CudaRuntime.Memory().Total;
        }
        catch (CudaException e)
        {
            throw Unusable(e);
        }
    }

    /// <summary>The libraries' half, which needs no device.</summary>
    /// <exception cref="CudaUnavailableException">Some are missing.</exception>
    public static void Require(IReadOnlyList<string> missing)
    {
        if (missing.Count > 0)
        {
            throw new CudaUnavailableException(
                $"Worker:Device=cuda: the CUDA provider could not be loaded: {string.Join(", ", missing)} {(missing.Count == 1 ? "is" : "are")} missing. " +
                "It needs an NVIDIA driver, CUDA 13, cuDNN 9 and the azure build of the worker (gpu-worker/Dockerfile); otherwise use Worker:Device=cpu.");
        }
    }

    private static CudaUnavailableException Unusable(CudaException e) => new($"Worker:Device=cuda: {e.Message} Check the driver (nvidia-smi), or use Worker:Device=cpu.", e);

    /// <summary>
    /// Runs one layer: whether this ONNX Runtime has every operator that the graph uses, with the inputs that it uses; and of a rank whether NCCL takes its sums, and its part of the
    /// logits where lm_head is dealt out, before the weights are read that all ranks wait for.
    /// </summary>
    /// <param name="addOperators">Registers what does not come from ONNX Runtime.</param>
    /// <param name="attentionDomain">Where PagedAttention comes from.</param>
    /// <param name="join">Makes a group of this rank alone; null for a whole model.</param>
    /// <exception cref="CudaUnavailableException">It has not; the message holds ONNX Runtime's own.</exception>
    public static void TryGraph(LlamaShard shard, CudaFormat format, Func<ICudaDevice> createDevice, Action<Microsoft.ML.OnnxRuntime.SessionOptions>? addOperators, string attentionDomain = OnnxDomain.Microsoft, Func<NcclGroup>? join = null)
    {
        var config = shard.Whole with
        {
            Layers = 1,
            // Large enough that candidates are looked for as in a real one.
            VocabularySize = 2048,
            HiddenSize = 64,
            IntermediateSize = 64,
            ContextLength = 16,
            Heads = shard.Whole.Heads / shard.Whole.KvHeads,
            KvHeads = 1,
            TiedEmbeddings = false,
        };
        // One rank's part of a vocabulary is all of it, and it is gathered all the same.
        var probe = new LlamaShard(config, isVocabularySharded: join is not null && shard.IsVocabularySharded);
        using var source = new ProbeWeights();
        using var weights = CudaWeights.Load(source, probe, format);
        var options = new CudaLlamaOptions
        {
            Format = format,
            Blocks = 1,
            BlockSize = CudaKernelRules.BlockSize(config.HeadSize),
            MaxTokens = 1,
            MaxSequences = 1,
            UseGraphs = false,
            AttentionDomain = attentionDomain,
        };
        try
        {
            using var session = Create();
            var logits = session.Run(new StepInputs { InputIds = [1], CumulativeLengths = [0, 1], PastLengths = [0], BlockTable = [0], SlotMapping = [0], SampledRows = [0] });
            foreach (float logit in logits)
                if (!float.IsFinite(logit))
                    throw new CudaUnavailableException("Worker:Device=cuda: a probe of one layer yields numbers that are not finite. Use Worker:Device=cpu.");
        }
        catch (Exception e) when (e is OnnxRuntimeException or CudaException or RankGroupFailedException)
        {
            string cache = format.IsCacheQuantized ? $", {format.Cache.ToString().ToLowerInvariant()} cache" : "";
            // A provider may be built without these kernels, whatever the device.
            string advice = format.Cache == KvCacheFormat.Float8 ? " Worker:KvCacheFormat=float8 needs one that was built with onnxruntime_USE_FP8_KV_CACHE: int8 takes as little memory." : "";
            throw new CudaUnavailableException(
                $"Worker:Device=cuda: a probe of one layer ({format.Activations}, {format.Weights}, head_dim {config.HeadSize}{cache}) cannot be run: {(e is RankGroupFailedException { InnerException: { } cause } ? cause : e).Message} ONNX Runtime 1.29 or later with its CUDA provider is needed; otherwise use Worker:Device=cpu.{advice}", e);
        }

        IStepModel Create()
        {
            var device = createDevice();
            return join is null
                ? new CudaLlamaSession(options, probe, weights, device, addOperators: addOperators)
                : CudaRank.Join(options, probe, weights, device, join, addOperators!);
        }
    }
}
