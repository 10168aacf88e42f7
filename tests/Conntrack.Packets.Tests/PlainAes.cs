namespace Conntrack.Packets.Tests;

/// <summary>One AES encryption round as FIPS 197 5.1 writes it, to check the hash against something other than the instruction.</summary>
static class PlainAes
{
    static readonly byte[] s_box = [.. Enumerable.Range(0, 256).Select(SubByte)];

    /// <summary>ShiftRows, SubBytes, MixColumns, AddRoundKey on a state of four columns.</summary>
    public static byte[] Round(byte[] state, byte[] key)
    {
        byte[] result = new byte[16];
        for (int column = 0; column < 4; column++)
        {
            byte[] shifted = [.. Enumerable.Range(0, 4).Select(row => s_box[state[(4 * ((column + row) % 4)) + row]])];
            for (int row = 0; row < 4; row++)
            {
                result[(4 * column) + row] = (byte)(Times(shifted[row], 2) ^ Times(shifted[(row + 1) % 4], 3)
                    ^ shifted[(row + 2) % 4] ^ shifted[(row + 3) % 4] ^ key[(4 * column) + row]);
            }
        }

        return result;
    }

    static byte SubByte(int value)
    {
        int inverse = value == 0 ? 0 : Enumerable.Range(1, 255).First(other => Times((byte)value, other) == 1);
        int result = 0x63;
        for (int turn = 0; turn < 5; turn++)
        {
            result ^= ((inverse << turn) | (inverse >> (8 - turn))) & 0xff;
        }

        return (byte)result;
    }

    /// <summary>Multiplication in GF(2^8) modulo x^8 + x^4 + x^3 + x + 1.</summary>
    static int Times(byte left, int right)
    {
        int product = 0;
        int power = left;
        for (; right != 0; right >>= 1)
        {
            product ^= (right & 1) != 0 ? power : 0;
            power = (power << 1) ^ ((power & 0x80) != 0 ? 0x11b : 0);
        }

        return product;
    }
}
