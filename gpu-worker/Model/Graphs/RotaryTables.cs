namespace Serverless.GpuWorker.Model.Graphs;

/// <summary>The cosines and sines that rotary embeddings turn queries and keys by: [context, HeadSize/2] of position * theta^(-2i/HeadSize).</summary>
internal static class RotaryTables
{
    public static float[] Cos(LlamaConfig config) => Compute(config, Math.Cos);

    public static float[] Sin(LlamaConfig config) => Compute(config, Math.Sin);

    /// <summary>In double until it is stored.</summary>
    private static float[] Compute(LlamaConfig config, Func<double, double> function)
    {
        int half = config.HeadSize / 2;
        var table = new float[checked(config.ContextLength * half)];
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
            for (int position = 0; position < config.ContextLength; position++)
                table[(position * half) + i] = (float)function(position * frequency);
        }
        return table;
    }
}
