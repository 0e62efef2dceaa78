namespace Serverless.GpuWorker.Hosting;

/// <summary>The options of each command. Keys are not among them: a command line is seen by every user of the machine.</summary>
public static class CommandOptions
{
    public const string DemoPrefix = "Demo:";
    public const string DemoOutput = DemoPrefix + "output";
    public const string BenchPrefix = "Bench:";
    public const string ConvertPrefix = "Convert:";
    public const string PlanPrefix = "Plan:";
    public const string CalibratePrefix = "Calibrate:";

    public static IReadOnlyList<CommandOption> Serve { get; } =
    [
        Worker("--llama", nameof(WorkerOptions.Llama), "DIR", "folder of the Llama checkpoint"),
        Worker("--instructor", nameof(WorkerOptions.Instructor), "DIR", "folder of the Instructor checkpoint"),
        Worker("--encoder", nameof(WorkerOptions.Encoder), "NAME,...", "BERT encoders: arctic-xs, minilm, or folders with an ONNX model and vocab.txt"),
        Worker("--reranker", nameof(WorkerOptions.Reranker), "NAME,...", "folders of BERT cross-encoders, or maxsim: and an encoder: late interaction over it"),
        Worker("--encoder-device", nameof(WorkerOptions.EncoderDevice), "DEVICE", "where encoders and rerankers are computed: cpu or cuda (cpu)"),
        Worker("--encoder-format", nameof(WorkerOptions.EncoderFormat), "FORMAT", "float32 or int8, of encoders (not of rerankers) and the Instructor checkpoint (float32, or a converted folder's)"),
        Worker("--urls", nameof(WorkerOptions.Urls), "URLS", "where to listen (http://127.0.0.1:8080)"),
        Worker("--model-name", nameof(WorkerOptions.ModelName), "NAME", "what requests call the Llama (its folder's name)"),
        Worker("--embedding-model-name", nameof(WorkerOptions.EmbeddingModelName), "NAME", "what requests call the Instructor model (its folder's name)"),
        Worker("--default-max-tokens", nameof(WorkerOptions.DefaultMaxTokens), "N", "tokens of an answer when the request does not say (1024)"),
        Worker("--prompt-tokens-details", nameof(WorkerOptions.PromptTokensDetails), "BOOL", "tell in usage how many of a prompt's tokens were cached (false)"),
        Worker("--device", nameof(WorkerOptions.Device), "DEVICE", "cpu or cuda (cpu)"),
        Worker("--activation-type", nameof(WorkerOptions.ActivationType), "TYPE", "float16 or bfloat16, on cuda (float16)"),
        Worker("--weight-format", nameof(WorkerOptions.WeightFormat), "FORMAT", "float32, checkpoint, float16, int8 or int4 (float32, or a converted folder's)"),
        Worker("--verify-weights", nameof(WorkerOptions.VerifyWeights), "BOOL", "compare a converted folder's bytes with its manifest first (false)"),
        Worker("--kv-cache-megabytes", nameof(WorkerOptions.KvCacheMegabytes), "N", "memory of the KV cache (256; on cuda what the weights leave)"),
        Worker("--kv-cache-format", nameof(WorkerOptions.KvCacheFormat), "FORMAT", "float32 or int8, on CUDA float8 too (float32)"),
        Worker("--max-sequences", nameof(WorkerOptions.MaxSequences), "N", "sequences that run at once (16)"),
        Worker("--max-batched-tokens", nameof(WorkerOptions.MaxBatchedTokens), "N", "tokens of a step (512)"),
        Worker("--max-prompt-tokens-beside-decodes", nameof(WorkerOptions.MaxPromptTokensBesideDecodes), "N", "prompt tokens of a step in which others decode (64 on the CPU)"),
        Worker("--speculation", nameof(WorkerOptions.Speculation), "BOOL", "draft tokens that prompt or answer hold: the same answers, sooner (true; on cuda false)"),
        Worker("--max-draft-tokens", nameof(WorkerOptions.MaxDraftTokens), "N", "most tokens that a sequence drafts in a step, 1 to 64 (16)"),
        Worker("--max-queued-requests", nameof(WorkerOptions.MaxQueuedRequests), "N", "requests that may wait (256)"),
        Worker("--max-queued-tokens", nameof(WorkerOptions.MaxQueuedTokens), "N", "prompt tokens that may wait (65536)"),
        Worker("--max-client-queue-share", nameof(WorkerOptions.MaxClientQueueShare), "X", "share of what may wait that one client's requests may take (0.75)"),
        Worker("--prefix-caching", nameof(WorkerOptions.PrefixCaching), "BOOL", "share the cache of a common beginning (true)"),
        Worker("--preempt-by-priority", nameof(WorkerOptions.PreemptByPriority), "BOOL", "urgent requests take the place of a client's running less urgent ones (false)"),
        Worker("--replicas", nameof(WorkerOptions.Replicas), "N", "engine processes side by side, 1 to 8 (1)"),
        Worker("--max-client-cache-share", nameof(WorkerOptions.MaxClientCacheShare), "X", "share of the cache beyond which a client's content goes first (0.5)"),
        Worker("--ranks", nameof(WorkerOptions.Ranks), "N", "ranks that compute the Llama together: 1, 2, 4 or 8 (1, or a converted folder's)"),
        Worker("--allow-oversubscription", nameof(WorkerOptions.AllowOversubscription), "BOOL", "permit more ranks than cores (false)"),
        Worker("--threads", nameof(WorkerOptions.Threads), "N", "threads of one operator of a rank (0: the cores / ranks, at most 4)"),
        Worker("--spin-microseconds", nameof(WorkerOptions.SpinMicroseconds), "N", "an operator's threads spin for the next one's work before they sleep (20)"),
        Worker("--max-connections", nameof(WorkerOptions.MaxConnections), "N", "connections at once (2048)"),
        Worker("--max-client-concurrency", nameof(WorkerOptions.MaxClientConcurrency), "N", "requests of one client at once (0: no limit)"),
        Worker("--max-client-requests-per-minute", nameof(WorkerOptions.MaxClientRequestsPerMinute), "N", "requests of one client a minute (0: no limit)"),
        Worker("--max-embedding-batch", nameof(WorkerOptions.MaxEmbeddingBatch), "N", "texts in one run of the encoder (32)"),
        Worker("--max-embedding-queue", nameof(WorkerOptions.MaxEmbeddingQueue), "N", "texts waiting for the encoder (2048)"),
        Worker("--drain-seconds", nameof(WorkerOptions.DrainSeconds), "N", "time for what is in flight after SIGTERM (25)"),
        Worker("--stall-seconds", nameof(WorkerOptions.StallSeconds), "N", "work without progress for longer is unready (90)"),
        Worker("--stall-exit-seconds", nameof(WorkerOptions.StallExitSeconds), "N", "work without progress for longer ends the process (120)"),
        Worker("--stream-write-seconds", nameof(WorkerOptions.StreamWriteSeconds), "N", "a client that takes nothing for longer is cut off (30)"),
    ];

    public static IReadOnlyList<CommandOption> Demo { get; } =
    [
        Of(DemoPrefix, "output", "DIR", "where demo-llama and demo-instructor are written"),
        Of(DemoPrefix, "kv-heads", "N", "2, or 4 for a demo-llama that 4 ranks can serve (2)"),
        Of(DemoPrefix, "shape", "NAME", "instead: random weights of shape tiny, 1b, 7b, 13b or 70b"),
        Of(DemoPrefix, "layers", "N", "only so many of the shape's layers (all)"),
        Of(DemoPrefix, "format", "FORMAT", "f16, bf16 or f32 (f16)"),
        Of(DemoPrefix, "seed", "N", "of the random weights (1)"),
    ];

    public static IReadOnlyList<CommandOption> Bench { get; } =
    [
        Of(BenchPrefix, "shape", "NAME", "tiny, 1b (TinyLlama's), 7b, 13b or 70b (Llama 2's) (1b)"),
        Of(BenchPrefix, "device", "DEVICE", "cpu or cuda (cpu)"),
        Of(BenchPrefix, "format", "FORMAT", "int4, int8, f16 or f32 (int4)"),
        Of(BenchPrefix, "kv-cache-format", "FORMAT", "float32 or int8, on CUDA float8 too (float32)"),
        Of(BenchPrefix, "threads", "N", "threads of one operator (the cores, at most 4)"),
        Of(BenchPrefix, "ranks", "N", "on cuda: ranks that compute the model together, a device each: 1, 2, 4 or 8 (1)"),
        Of(BenchPrefix, "spin-microseconds", "N", "an operator's threads spin for the next one's work before they sleep (20)"),
        Of(BenchPrefix, "prompt-tokens-beside-decodes", "N,N,...", "prompt tokens of a step in which others decode, each under load (64)"),
        Of(BenchPrefix, "batch", "N,N,...", "sequences that decode at once (1,4,16)"),
        Of(BenchPrefix, "context", "N,N,...", "tokens of each sequence while it decodes (128,2048)"),
        Of(BenchPrefix, "prefill", "N", "tokens of a prompt (512)"),
        Of(BenchPrefix, "workload", "NAME", "decode, load, shared-prefix, overhead, long-prompts, serving (these four) or all (decode)"),
        Of(BenchPrefix, "requests", "N", "requests with a common beginning (64)"),
        Of(BenchPrefix, "json", "FILE", "where the results are written as JSON as well"),
    ];

    public static IReadOnlyList<CommandOption> Convert { get; } =
    [
        Of(ConvertPrefix, "source", "DIR", "Hugging Face folder of a Llama, or of an Instructor model"),
        Of(ConvertPrefix, "output", "DIR", "folder to make; a conversion that was interrupted goes on where it stopped"),
        Of(ConvertPrefix, "format", "FORMAT", "f32, f16, int8 or int4 (int4)"),
        Of(ConvertPrefix, "ranks", "N", "ranks that will serve the Llama: 1, 2, 4 or 8 (1)"),
        Of(ConvertPrefix, "keep", "RULE,...", "matrices of another format: lm_head=int8,layers.0-1.down=int8,..."),
        Of(ConvertPrefix, "verify", "DIR", "instead: compare a converted folder's bytes with its manifest"),
    ];

    public static IReadOnlyList<CommandOption> Calibrate { get; } =
    [
        Of(CalibratePrefix, "checkpoint", "DIR", "Hugging Face folder of a Llama"),
        Of(CalibratePrefix, "text", "FILE", "UTF-8 text like what the model will read and write"),
        Of(CalibratePrefix, "tokens", "N", "most tokens of the text (8192)"),
        Of(CalibratePrefix, "output", "FILE", "where the ranges are written (where serve looks for them: in the checkpoint)"),
    ];

    public static IReadOnlyList<CommandOption> Plan { get; } =
    [
        Of(PlanPrefix, "shape", "NAME", "1b, 7b, 13b or 70b (all of Llama 2's)"),
        Of(PlanPrefix, "format", "FORMAT", "f32, f16, int8 or int4 (f16, int8 and int4)"),
        Of(PlanPrefix, "ranks", "N", "1, 2, 4 or 8 (all)"),
        Of(PlanPrefix, "keep", "RULE,...", "matrices of another format, as for convert"),
    ];

    public static string Help { get; } = string.Join('\n', [
        "usage: gpu-worker serve [--llama DIR] [--instructor DIR] [--encoder NAME,...] [--reranker NAME,...] [options]",
        "       gpu-worker demo --output DIR [options]",
        "       gpu-worker convert --source DIR --output DIR [options]",
        "       gpu-worker calibrate --checkpoint DIR --text FILE [options]",
        "       gpu-worker plan [options]",
        "       gpu-worker bench [options]",
        "",
        "serve: serves the checkpoints over HTTP.",
        .. Serve.Select(Line),
        "",
        "Each is also a setting: Worker__Name in the environment, Worker:Name in appsettings.json. Keys of callers are settings only: Worker__ApiKeys__0, ...",
        "",
        "demo: writes two small checkpoints whose weights are set by hand, or one of random weights.",
        .. Demo.Select(Line),
        "",
        "convert: writes a checkpoint as it is served: quantised, divided among ranks, mapped at start.",
        .. Convert.Select(Line),
        "",
        "calibrate: measures the ranges that a quantised KV cache on CUDA needs, on the CPU.",
        .. Calibrate.Select(Line),
        "",
        "plan: computes the sizes of a sharded model and what fits an A100, without any weights.",
        .. Plan.Select(Line),
        "",
        "bench: measures a model of random weights on this machine.",
        .. Bench.Select(Line),
    ]);

    private static CommandOption Worker(string name, string property, string value, string help) => new(name, $"{WorkerOptions.Section}:{property}", value, help);

    private static CommandOption Of(string prefix, string name, string value, string help) => new($"--{name}", prefix + name, value, help);

    private static string Line(CommandOption option) => $"  {option.Name + " " + option.Value,-32}{option.Help}";
}
