using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Conntrack.Packets;

/// <summary>
/// The sum of <see cref="Checksum"/> with AVX2: 32-bit lanes are widened into 64-bit accumulators by a mask and a shift, so no carry is
/// ever lost and none has to be looked for.
/// </summary>
static unsafe class ChecksumAvx2
{
    public static ulong Sum(byte* data, uint length)
    {
        ulong sum = 0;
        if (length >= 32)
        {
            Vector256<ulong> low = Vector256.Create(0xffff_fffful);
            Vector256<ulong> even = Vector256<ulong>.Zero;
            Vector256<ulong> odd = Vector256<ulong>.Zero;
            do
            {
                Vector256<ulong> words = Vector256.Load((ulong*)data);
                even += words & low;
                odd += Avx2.ShiftRightLogical(words, 32);
                data += 32;
                length -= 32;
            }
            while (length >= 32);

            sum = Vector256.Sum(even + odd);
        }

        return sum + ChecksumScalar.Sum(data, length);
    }
}
