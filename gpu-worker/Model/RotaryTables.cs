namespace Serverless.GpuWorker.Model;

/// <summary>The cosines and sines that rotary embeddings turn queries and keys by.</summary>
internal static class RotaryTables
{
    /// <summary>cos and sin [context, HeadSize/2] of position * theta^(-2i/HeadSize), in double until they are stored.</summary>
    public static (float[] Cos, float[] Sin) Compute(LlamaConfig config)
    {
        int half = config.HeadSize / 2;
        var cos = new float[config.ContextLength * half];
        var sin = new float[config.ContextLength * half];
        for (int i = 0; i < half; i++)
        {
            double frequency = Math.Pow(config.RopeTheta, -2.0 * i / config.HeadSize);
            for (int position = 0; position < config.ContextLength; position++)
                (sin[(position * half) + i], cos[(position * half) + i]) = ((float, float))Math.SinCos(position * frequency);
        }
        return (cos, sin);
    }
}
