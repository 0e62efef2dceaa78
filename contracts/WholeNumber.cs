using System.Numerics;
using System.Text.Json;

namespace Serverless.Contracts;

/// <summary>Reads a number that is an integer, whether or not it is written as one.</summary>
internal static class WholeNumber
{
    /// <param name="reader">At a number.</param>
    /// <returns>False where it has a fraction, or is none that <typeparamref name="T"/> holds.</returns>
    public static bool TryRead<T>(ref Utf8JsonReader reader, out T value)
        where T : struct, IBinaryInteger<T>
    {
        value = T.Zero;
        if (reader.TryGetInt64(out var integer)) return TryConvert(integer, out value);
        return reader.TryGetDecimal(out var number) && number == decimal.Truncate(number) && number is >= long.MinValue and <= long.MaxValue && TryConvert((long)number, out value);
    }

    private static bool TryConvert<T>(long number, out T value)
        where T : struct, IBinaryInteger<T>
    {
        value = T.CreateTruncating(number);
        return long.CreateTruncating(value) == number;
    }
}
