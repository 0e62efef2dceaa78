namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>The operator sets that our graphs use.</summary>
internal static class OnnxDomain
{
    public const string Standard = "";

    /// <summary>ONNX Runtime's contributed operators.</summary>
    public const string Microsoft = "com.microsoft";

    /// <summary>Our operators (Execution/Operators/ServerlessOperators).</summary>
    public const string Serverless = "serverless";

    /// <summary>
    /// Float8View, which has bytes taken for float8e4m3fn where they lie (Execution/Cuda/Float8View): ONNX Runtime's managed binding can neither make values of that
    /// type nor create a session with inputs of it.
    /// </summary>
    public const string Caches = "serverless.caches";
}
