namespace Serverless.GpuWorker.Model;

/// <summary>The two scales of one layer's int8 cache: what a level of its keys and of its values stands for.</summary>
internal readonly record struct CacheScale(float Keys, float Values)
{
    /// <summary>
    /// The symmetric scale under which the largest magnitude that was seen is level 127: largest / 127. A number is stored as round(number / scale), cut to
    /// -128..127, so larger ones than were seen are cut. Numbers that are all zero are zero under any scale; theirs is 1 / 127, for a scale must be over 0.
    /// </summary>
    /// <param name="largest">Finite, 0 or more.</param>
    public static float Of(float largest)
    {
        float scale = largest / sbyte.MaxValue;
        // A scale below the smallest normal number would lose its own digits, or be zero.
        return float.IsNormal(scale) ? scale : 1f / sbyte.MaxValue;
    }
}
