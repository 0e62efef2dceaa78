using System.Runtime.InteropServices;
using System.Text;

namespace Serverless.Benchmarks.EnginePeers;

/// <summary>
/// What is used of llama.cpp's C interface (include/llama.h of ggml-org/llama.cpp), as npm's @node-llama-cpp/linux-x64 has it. Structures go by value in memory, so they may be larger here than there; where the fields
/// that are used lie is checked against their default values.
/// </summary>
internal sealed unsafe class LlamaLibrary
{
    private readonly delegate* unmanaged<ModelParameters> _modelDefaults;
    private readonly delegate* unmanaged<ContextParameters> _contextDefaults;
    private readonly delegate* unmanaged<byte*, ModelParameters, nint> _loadModel;
    private readonly delegate* unmanaged<nint, ContextParameters, nint> _newContext;
    private readonly delegate* unmanaged<int, int, int, Batch> _newBatch;
    private readonly delegate* unmanaged<nint, Batch, int> _decode;
    private readonly delegate* unmanaged<nint, void> _synchronize, _freeContext, _freeModel;
    private readonly delegate* unmanaged<Batch, void> _freeBatch;
    private readonly delegate* unmanaged<nint, nint> _memoryOf;
    private readonly delegate* unmanaged<nint, byte, void> _clear;
    private readonly delegate* unmanaged<nint, int, int, int, byte> _remove;

    /// <param name="folder">The package's libraries.</param>
    /// <exception cref="InvalidOperationException">They are not those of the version that is known here.</exception>
    public LlamaLibrary(string folder)
    {
        nint ggml = NativeLibrary.Load(Find(folder, "libggml.*so")), llama = NativeLibrary.Load(Find(folder, "libllama.*so"));
        var silent = (delegate* unmanaged<nint, nint, void>)NativeLibrary.GetExport(llama, "llama_log_set");
        silent((nint)(delegate* unmanaged<int, byte*, nint, void>)&Ignore, 0);
        fixed (byte* path = Encoding.UTF8.GetBytes(folder + '\0'))
            ((delegate* unmanaged<byte*, void>)NativeLibrary.GetExport(ggml, "ggml_backend_load_all_from_path"))(path);

        _modelDefaults = (delegate* unmanaged<ModelParameters>)NativeLibrary.GetExport(llama, "llama_model_default_params");
        _contextDefaults = (delegate* unmanaged<ContextParameters>)NativeLibrary.GetExport(llama, "llama_context_default_params");
        _loadModel = (delegate* unmanaged<byte*, ModelParameters, nint>)NativeLibrary.GetExport(llama, "llama_model_load_from_file");
        _newContext = (delegate* unmanaged<nint, ContextParameters, nint>)NativeLibrary.GetExport(llama, "llama_init_from_model");
        _newBatch = (delegate* unmanaged<int, int, int, Batch>)NativeLibrary.GetExport(llama, "llama_batch_init");
        _freeBatch = (delegate* unmanaged<Batch, void>)NativeLibrary.GetExport(llama, "llama_batch_free");
        _decode = (delegate* unmanaged<nint, Batch, int>)NativeLibrary.GetExport(llama, "llama_decode");
        _synchronize = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(llama, "llama_synchronize");
        _freeContext = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(llama, "llama_free");
        _freeModel = (delegate* unmanaged<nint, void>)NativeLibrary.GetExport(llama, "llama_model_free");
        _memoryOf = (delegate* unmanaged<nint, nint>)NativeLibrary.GetExport(llama, "llama_get_memory");
        _clear = (delegate* unmanaged<nint, byte, void>)NativeLibrary.GetExport(llama, "llama_memory_clear");
        _remove = (delegate* unmanaged<nint, int, int, int, byte>)NativeLibrary.GetExport(llama, "llama_memory_seq_rm");
        SystemInformation = Marshal.PtrToStringUTF8(((delegate* unmanaged<nint>)NativeLibrary.GetExport(llama, "llama_print_system_info"))())!;
        var defaults = _contextDefaults();
        if (defaults is not { Context: 512, Batch: 2048, MicroBatch: 512, Sequences: 1, Threads: 4, BatchThreads: 4, FlashAttention: -1 })
            throw new InvalidOperationException("llama_context_params is not laid out as in the version that this benchmark knows.");
    }

    /// <summary>What the chosen library was built for.</summary>
    public string SystemInformation { get; }

    public nint LoadModel(string path)
    {
        fixed (byte* utf8 = Encoding.UTF8.GetBytes(path + '\0'))
            return Made(_loadModel(utf8, _modelDefaults()), "llama_model_load_from_file");
    }

    public nint NewContext(nint model, int sequences, int tokens, int batch, int threads, bool flashAttention)
    {
        var parameters = _contextDefaults();
        parameters.Context = (uint)tokens;
        parameters.Batch = parameters.MicroBatch = (uint)batch;
        parameters.Sequences = (uint)sequences;
        parameters.Threads = parameters.BatchThreads = threads;
        parameters.FlashAttention = flashAttention ? 1 : 0;
        return Made(_newContext(model, parameters), "llama_init_from_model");
    }

    public void FreeContext(nint context) => _freeContext(context);

    public void FreeModel(nint model) => _freeModel(model);

    public void Clear(nint context) => _clear(_memoryOf(context), 1);

    /// <summary>Forgets a sequence's tokens from a position on.</summary>
    public void Remove(nint context, int sequence, int from) => _remove(_memoryOf(context), sequence, from, -1);

    public Batch NewBatch(int tokens) => _newBatch(tokens, 0, 1);

    public void FreeBatch(Batch batch) => _freeBatch(batch);

    /// <summary>Runs a batch to its end.</summary>
    public void Run(nint context, Batch batch)
    {
        if (_decode(context, batch) is var result and not 0)
            throw new InvalidOperationException($"llama_decode returned {result}.");

        _synchronize(context);
    }

    private static nint Made(nint handle, string function) => handle != 0 ? handle : throw new InvalidOperationException($"{function} returned nothing.");

    private static string Find(string folder, string pattern) => Directory.GetFiles(folder, pattern) is [var path] ? path : throw new InvalidOperationException($"There is not one {pattern} in the package.");

    [UnmanagedCallersOnly]
    private static void Ignore(int level, byte* text, nint state)
    {
    }

    /// <summary>llama_batch.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public struct Batch
    {
        public int Count;
        public int* Tokens;
        public float* Embeddings;
        public int* Positions;
        public int* SequenceCounts;
        public int** Sequences;
        public byte* Outputs;
    }

    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct ModelParameters;

    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct ContextParameters
    {
        [FieldOffset(0)]
        public uint Context;
        [FieldOffset(4)]
        public uint Batch;
        [FieldOffset(8)]
        public uint MicroBatch;
        [FieldOffset(12)]
        public uint Sequences;
        [FieldOffset(28)]
        public int Threads;
        [FieldOffset(32)]
        public int BatchThreads;
        [FieldOffset(52)]
        public int FlashAttention;
    }
}
